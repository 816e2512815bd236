/** Authorities, certificates and lists of revoked ones, made for a test. */
package io.coppice.pki;
