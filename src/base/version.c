#include "brink/version.h"

const char *brink_version(void)
{
    return BRINK_VERSION;
}
