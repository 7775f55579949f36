//go:build race

package verify_test

const historiesHere = 200
