package db

import (
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteCode is SQLite's own number of an error, 0 for one that is not its.
func sqliteCode(err error) int {
	if e := (*sqlite.Error)(nil); errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// cures say what an operator can do where the storage fails.
var cures = map[int]string{
	sqlite3.SQLITE_FULL:     "the disk is full: make room on the file system of the data folder; nothing has to be restarted",
	sqlite3.SQLITE_IOERR:    "the disk failed: look into the system's log (dmesg), at the state of the disk and whether its file system is mounted read-only; nothing has to be restarted once it writes again",
	sqlite3.SQLITE_READONLY: "the data folder may not be written: look at its rights and whether its file system is mounted read-only",
	sqlite3.SQLITE_CANTOPEN: "a file of the database cannot be opened: look at the rights of the data folder, at its disk and at the limit of open files",
	sqlite3.SQLITE_BUSY:     "another process has held the database for more than 5 s: end it (`fuser` with the file names it)",
	sqlite3.SQLITE_NOMEM:    "there is no memory left: give the machine or the service more",
	sqlite3.SQLITE_CORRUPT:  "the database is damaged: stop the service and restore a backup",
	sqlite3.SQLITE_NOTADB:   "the file is not a database: stop the service and restore a backup",
}

// storageFailed reports whether what failed is the storage and not the statement.
func storageFailed(err error) bool {
	return err != nil && cures[sqliteCode(err)&0xff] != ""
}

// lostBy says what becomes of changes whose transaction failed. What was written
// and not synced can be found after a crash, and then it holds.
func lostBy(cause error) error {
	switch sqliteCode(cause) {
	case sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC:
		return ErrUnknown
	}
	return ErrNotKept
}

// troubleEvery is how often the log tells of the same trouble: a full disk must
// not be filled further.
const troubleEvery = 5 * time.Second

// tell writes to the log that changes were not kept, and what to do.
func (w *sqliteWriter) tell(acts int, cause error) {
	w.untold += acts
	if time.Since(w.told) < troubleEvery {
		return
	}
	w.log.Error("a group of changes was not kept", "acts", w.untold, "error", cause, "cure", cures[sqliteCode(cause)&0xff])
	w.told, w.untold = time.Now(), 0
}
