/* app/admin/page.h - the page that shows figures: share/admin.html, put into the program. */
#ifndef BRINK_APP_ADMIN_PAGE_H
#define BRINK_APP_ADMIN_PAGE_H

#include <stddef.h>

extern const unsigned char brink_admin_page[];
extern const size_t brink_admin_page_size;

#endif
