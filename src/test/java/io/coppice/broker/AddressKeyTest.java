package io.coppice.broker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressKeyTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "::ffff:192.0.2.1, 192.0.2.1",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2::/64",
        "2001:0DB8:0001:0002:ffff:4:5:6, 2001:db8:1:2::/64",
        "2001:db8:1:2::6, 2001:db8:1:2::/64",
        "2001:db8:1:3::6, 2001:db8:1:3::/64",
        "2001:db8::1, 2001:db8:0:0::/64",
        "::1, 0:0:0:0::/64",
        "0:0:0:0:0:0:0:1, 0:0:0:0::/64",
        "::, 0:0:0:0::/64",
        "fe80::1%eth0, fe80:0:0:0::/64",
        "fe80:0:0:0:1:2:3:4%2, fe80:0:0:0::/64",
        "1:2:3, 1:2:3",
        "g:2:3:4:5:6:7:8, g:2:3:4:5:6:7:8",
        "somewhere, somewhere"
    })
    void anAddressIsKnownByWhatOneCustomerHas(String host, String key) {
        assertThat(AddressKey.of(host)).isEqualTo(key);
    }
}
