// Package kit holds what the tests of the whole program share: what it takes to
// run it as processes of their own, beside an emulated provider.
package kit
