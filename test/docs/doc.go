// Package docs runs the commands that the documents tell people to run, as they
// stand there. Each block marked sh belongs to a page that is run here, block
// after block in one shell beside a running server, or to one that the walk of
// "make install-walk" runs on a machine of its own; or the line above it says why
// it is run nowhere. A block that is in none of the three fails.
package docs
