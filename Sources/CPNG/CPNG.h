// libpng's types and calls, as the installed header declares them.
#include <png.h>
