// zlib's types and calls, as the installed header declares them.
#include <zlib.h>
