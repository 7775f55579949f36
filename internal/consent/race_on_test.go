//go:build race

package consent_test

const raced = true
