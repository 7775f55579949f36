//go:build !crashpoints

// Package crash names the points between a request and the provider's answer
// at which a test may kill the program.
//
// The points do nothing and cost nothing unless the program is built with the
// tag crashpoints, which released programs never are.
package crash

// At is a point at which the program may be killed.
func At(string) {}
