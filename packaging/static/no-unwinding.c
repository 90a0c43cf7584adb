/* GCC's unwinder asks glibc 2.35 and later where a function is. musl has no such function. The program aborts where it panics,
   so that all that is lost is the list of callers behind a panic's message. */
int _dl_find_object(void *address, void *found)
{
    (void) address;
    (void) found;
    return -1;
}
