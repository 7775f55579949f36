package main

import (
	"strings"
	"testing"
)

func run(t *testing.T, lines string) (string, bool) {
	t.Helper()
	var out strings.Builder
	r := newReport(&out)
	if err := r.read(strings.NewReader(lines)); err != nil {
		t.Fatal(err)
	}
	ok := r.close()
	return out.String(), ok
}

func TestReport_PassesOnResultLinesAndCounts(t *testing.T) {
	got, ok := run(t, `{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:1: needs a browser\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`)
	want := "ok  \tp\t0.1s\nleft out: p TestB\n    b_test.go:1: needs a browser\n1 passed, 0 failed, 1 skipped\n"
	if got != want || !ok {
		t.Errorf("got %v\n%s\nwant\n%s", ok, got, want)
	}
}

func TestReport_PassesOnWhatAFaultTestCounted(t *testing.T) {
	got, ok := run(t, `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: fault=kill injected=60 lost=0\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:8: chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
`)
	if want := "fault=kill injected=60 lost=0\n1 passed, 0 failed, 0 skipped\n"; got != want || !ok {
		t.Errorf("got %v\n%s\nwant\n%s", ok, got, want)
	}
}

func TestReport_ShowsAFailingTestWhole(t *testing.T) {
	got, ok := run(t, `{"Action":"output","Package":"p","Test":"TestA","Output":"a_test.go:9: got 1\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`)
	if ok || !strings.Contains(got, "a_test.go:9: got 1\n") || !strings.Contains(got, "0 passed, 1 failed") {
		t.Errorf("got %v\n%s", ok, got)
	}
}

func TestReport_ShowsWhatAPanicCutShort(t *testing.T) {
	got, ok := run(t, `{"Action":"output","Package":"p","Test":"TestA","Output":"panic: test timed out\n"}
{"Action":"fail","Package":"p"}
`)
	if ok || !strings.Contains(got, "panic: test timed out\n") || !strings.Contains(got, "0 passed, 1 failed") {
		t.Errorf("got %v\n%s", ok, got)
	}
}

func TestReport_FailsWhenAPackageCannotBeBuilt(t *testing.T) {
	got, ok := run(t, `{"ImportPath":"p","Action":"build-output","Output":"p.go:1: syntax error\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}
{"Action":"pass","Package":"q","Test":"TestB"}
`)
	if ok || !strings.Contains(got, "syntax error") || !strings.Contains(got, "1 passed, 1 failed") {
		t.Errorf("got %v\n%s", ok, got)
	}
}

func TestReport_FailsWhenNoTestRan(t *testing.T) {
	if _, ok := run(t, `{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}`); ok {
		t.Error("an empty run passed")
	}
}
