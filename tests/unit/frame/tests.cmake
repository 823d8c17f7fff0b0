# brink_unit_test(frame NAME) for each source file of src/frame, and the comparison with Netty
foreach(name decoder decoder_edges encoder explain layout likely netty position presets skip spec spec_describe spec_keys spec_text)
    brink_unit_test(frame ${name})
endforeach()
