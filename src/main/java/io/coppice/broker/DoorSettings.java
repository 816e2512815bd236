package io.coppice.broker;

/**
 * Who is turned away before anybody asks who they are.
 *
 * @param connectRatePerAddressMax CONNECTs a second of one address, 0 for no limit
 * @param banFailures wrong passwords of one user from one address within the window, after which that user is refused from
 *     there; 0 for never
 * @param banAddressFailures wrong passwords of all users from one address, after which everybody is; 0 for never
 * @param flappingConnects times that a client identifier may connect within the window before it is refused; 0 for no limit
 * @param authenticationMillis that a client has for an exchange of enhanced authentication
 * @param entriesMax addresses, users and client identifiers that are remembered, of each kind
 */
public record DoorSettings(
        int connectRatePerAddressMax,
        int banFailures,
        int banAddressFailures,
        long banWindowMillis,
        long banMillis,
        int flappingConnects,
        long flappingWindowMillis,
        long flappingMillis,
        long authenticationMillis,
        int entriesMax) {}
