package main

import "testing"

// TestEndpoint_HidesWhatIsNoWord (S-90).
func TestEndpoint_HidesWhatIsNoWord(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/messages/v4/groups": "/messages/v4/groups",
		"/messages/v4/groups/G4V20261123010203ABCDEFGHIJKLMNO/send": "/messages/v4/groups/{id}/send",
		"/messages/v4/send-many/detail":                             "/messages/v4/send-many/detail",
		"/senderid/v1/numbers/01000001234":                          "/senderid/v1/numbers/{id}",
		"/senderid/v1/numbers/010-0000-1234/":                       "/senderid/v1/numbers/{id}/",
		"/x/+821000001234/%2B82":                                    "/x/{id}/{id}",
		"":                                                          "",
	} {
		if got := endpoint(path); got != want {
			t.Errorf("endpoint(%q) = %q, want %q", path, got, want)
		}
	}
}
