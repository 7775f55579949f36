package db

import "time"

// checkpoints copies the log back into the file every second, on a connection
// of its own, so that no commit has to wait for it. When the log has grown
// long all the same, the writer is asked to start it anew.
func (s *sqliteDB) checkpoints() {
	defer close(s.stopped)
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			s.checkpoint()
		}
	}
}

// checkpoint copies what can be copied without making anybody wait.
func (s *sqliteDB) checkpoint() {
	var busy, frames, copied int
	row := s.write.QueryRowContext(background, "PRAGMA wal_checkpoint(PASSIVE)")
	if err := row.Scan(&busy, &frames, &copied); err != nil {
		s.log.Warn("the database's log was not copied back", "error", err)
		return
	}
	if frames > logFrames {
		s.writer.restart.Store(true)
	}
}

// restartLog copies the whole log back and starts it anew. Readers that still
// need the old one are waited for only shortly: the next second tries again.
func (w *sqliteWriter) restartLog() {
	for _, pragma := range []string{"PRAGMA busy_timeout(100)", "PRAGMA wal_checkpoint(RESTART)", "PRAGMA busy_timeout(5000)"} {
		if err := w.control(pragma); err != nil {
			w.log.Warn("the database's log was not started anew", "error", err)
		}
	}
}
