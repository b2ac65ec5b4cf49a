#ifndef C_ENVIRONMENT_H
#define C_ENVIRONMENT_H

/// Adds a variable that is not set yet; whether it did.
///
/// Libraries decide by variables while they are loaded, and other threads may read the environment at that moment.
/// `setenv` may free the list that they walk through. Here they keep it: a longer copy takes its place, and the old list
/// stays for the life of the process.
int elbo_add_variable(const char *name, const char *value);

/// Takes a variable away again.
void elbo_remove_variable(const char *name);

#endif
