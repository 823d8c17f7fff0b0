# brink_unit_test(net NAME) for each source file of src/net
foreach(name IN ITEMS address bind bind_fails buffers dialer inherited listener lookup lookup_answers options peer prefix
        proxy_encode proxy_header proxy_line queue stream stream_check stream_detach stream_write)
    brink_unit_test(net ${name} support/wire.c)
endforeach()
brink_unit_test(net listener_hold support/wire.c)
