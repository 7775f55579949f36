package measure

import "testing"

func TestSetSection_LeavesTheOthers(t *testing.T) {
	t.Parallel()
	page := setSection("# Benchmarks\n\nof old\n", "One", "first\n\n")
	page = setSection(page, "Two", "second")
	page = setSection(page, "One", "third")
	if want := pageHead + "\n## One\n\nthird\n\n## Two\n\nsecond\n"; page != want {
		t.Errorf("got\n%s\nwant\n%s", page, want)
	}
}
