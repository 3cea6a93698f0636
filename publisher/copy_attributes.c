/* By flistxattr(2) and its like: an ACL is an attribute, whose bytes are the same everywhere. */
#include "copy_attributes.h"

#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/xattr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

struct value {
    char *bytes;
    size_t len;
};

static bool is_kept(const char *name)
{
    return strncmp(name, XATTR_USER_PREFIX, XATTR_USER_PREFIX_LEN) == 0 ||
           strcmp(name, XATTR_NAME_POSIX_ACL_ACCESS) == 0 ||
           strcmp(name, XATTR_NAME_POSIX_ACL_DEFAULT) == 0 ||
           (strcmp(name, XATTR_NAME_CAPS) == 0 && geteuid() == 0);
}

/* To be freed. Returns -1 with errno. One that is empty, and then is not, must not be asked for
 * with no room at all: that would tell its length only. */
static int read_value(int fd, const char *name, struct value *value)
{
    ssize_t len = fgetxattr(fd, name, NULL, 0);

    *value = (struct value){0};
    if (len < 0 || (value->bytes = malloc((size_t)len + 1)) == NULL)
        return -1;
    len = fgetxattr(fd, name, value->bytes, (size_t)len + 1);
    if (len < 0)
        return -1;
    value->len = (size_t)len;
    return 0;
}

static bool is_there(int fd, const char *name, const struct value *value)
{
    struct value there;
    bool is_same = read_value(fd, name, &there) == 0 && there.len == value->len &&
                   memcmp(there.bytes, value->bytes, value->len) == 0;

    free(there.bytes);
    return is_same;
}

/* The mode's bits for the group are, with an ACL, the most that anybody in it has. */
static mode_t without_acl(mode_t mode, const struct value *acl)
{
    const char *at = acl->bytes + sizeof(struct posix_acl_xattr_header);

    for (; at + sizeof(struct posix_acl_xattr_entry) <= acl->bytes + acl->len;
         at += sizeof(struct posix_acl_xattr_entry)) {
        struct posix_acl_xattr_entry entry;
        memcpy(&entry, at, sizeof entry);
        if (le16toh(entry.e_tag) == ACL_GROUP_OBJ)
            return mode & ~(mode_t)(S_IRWXG & ~(le16toh(entry.e_perm) << 3));
    }
    return mode & ~(mode_t)S_IRWXG;
}

/* Returns 0; or -1 with errno, and *mode is one for a file without that ACL. */
static int copy_one(int from, int to, const char *name, mode_t *mode)
{
    struct value value;
    int result = read_value(from, name, &value);

    if (result == 0 && !is_there(to, name, &value))
        result = fsetxattr(to, name, value.bytes, value.len, 0);
    int error = errno;
    if (result < 0 && value.bytes != NULL && strcmp(name, XATTR_NAME_POSIX_ACL_ACCESS) == 0)
        *mode = without_acl(*mode, &value);
    free(value.bytes);
    errno = error;
    return result;
}

static int drop(int fd, const char *name)
{
    return fgetxattr(fd, name, NULL, 0) < 0 ? 0 : fremovexattr(fd, name);
}

static bool has(const char *names, size_t len, const char *name)
{
    for (const char *at = names; at < names + len; at += strlen(at) + 1)
        if (strcmp(at, name) == 0)
            return true;
    return false;
}

/* Copies what is in the list. Returns 0, or the errno of what could not be kept. */
static int copy_listed(int from, int to, const char *names, size_t len, mode_t *mode)
{
    int error = 0;

    for (const char *at = names; at < names + len; at += strlen(at) + 1)
        if (is_kept(at) && copy_one(from, to, at, mode) < 0 && errno != ENODATA)
            error = errno;
    if (!has(names, len, XATTR_NAME_POSIX_ACL_ACCESS) && drop(to, XATTR_NAME_POSIX_ACL_ACCESS) < 0)
        error = errno;
    if (S_ISDIR(*mode) && !has(names, len, XATTR_NAME_POSIX_ACL_DEFAULT) &&
        drop(to, XATTR_NAME_POSIX_ACL_DEFAULT) < 0)
        error = errno;
    return error;
}

mode_t copy_attributes(struct copy_job *job, int from, int to, const struct stat *like)
{
    ssize_t len = flistxattr(from, NULL, 0);
    mode_t mode = like->st_mode;
    char *names = NULL;
    int error = 0;

    if (len > 0) {
        names = malloc((size_t)len);
        len = names != NULL ? flistxattr(from, names, (size_t)len) : -1;
    }
    if (len < 0 && errno != EOPNOTSUPP) /* a file system without any has none to keep */
        error = errno;
    int lost = copy_listed(from, to, names, len > 0 ? (size_t)len : 0, &mode);
    free(names);
    error = lost != 0 ? lost : error;
    if (error != 0 && !job->has_lost_attributes) {
        job->has_lost_attributes = true;
        copy_remark(job, "not all extended attributes and ACLs are kept: %s (said once)",
                    strerror(error));
    }
    return mode;
}
