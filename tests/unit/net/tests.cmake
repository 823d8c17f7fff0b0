# brink_unit_test(net NAME) for each source file of src/net
foreach(name address bind dialer listener lookup options peer queue stream stream_write)
    brink_unit_test(net ${name} support/wire.c)
endforeach()
