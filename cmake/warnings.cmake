# One interface target that every target of brink links: warnings, sanitizers, feature macros.
add_library(brink_flags INTERFACE)
target_compile_definitions(brink_flags INTERFACE _GNU_SOURCE)
target_compile_options(brink_flags INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes
    -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings -Wundef -Wformat=2 -Wvla -Wswitch-enum
    -fno-common)
if(BRINK_WERROR)
    target_compile_options(brink_flags INTERFACE -Werror)
endif()
if(BRINK_SANITIZE)
    target_compile_options(brink_flags INTERFACE -fsanitize=${BRINK_SANITIZE} -fno-omit-frame-pointer
        -fno-sanitize-recover=all)
    target_compile_definitions(brink_flags INTERFACE BRINK_SANITIZED=1)
    target_link_options(brink_flags INTERFACE -fsanitize=${BRINK_SANITIZE})
endif()
