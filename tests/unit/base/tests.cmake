# brink_unit_test(base NAME) for each file of src/base
foreach(name IN ITEMS check counter crc32c hash level list log message siphash tally tlv version)
    brink_unit_test(base ${name})
endforeach()
brink_unit_test(base nearest)
