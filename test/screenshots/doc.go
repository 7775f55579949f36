// Package screenshots takes the pictures of the documentation: every state of
// every page, as [pagestest.Scenes] lists them, on a phone and on a desk, in both
// languages; and the emulator's phones. It writes them into a folder, with a
// page that shows them all, and takes away the pictures of states that are gone.
//
//	go test ./test/screenshots -out $PWD/docs/screenshots
//
// A picture has a palette of few colours, so that the repository stays small,
// and the clock of its page stands still, so that it changes when the page does.
//
// [pagestest.Scenes]: https://pkg.go.dev/github.com/sinpyo/sinpyo/internal/pages/pagestest#Scenes
package screenshots
