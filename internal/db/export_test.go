package db

// Waiting returns how many acts wait for the writer.
func (d *DB) Waiting() int { return len(d.writer.queue) }

// CopyLog does at once what is otherwise done every second on SQLite.
func (d *DB) CopyLog() { d.backend.(*sqliteDB).checkpoint() }

// WriterPID returns the server's process of the writer's connection.
func (d *DB) WriterPID() uint32 { return d.backend.(*pgDB).writer.group.conn.PgConn().PID() }

// The depth of the queue, for the test that fills it.
const QueueDepth = queueDepth

// Channel returns the name of the channel on which the nodes tell each other.
func Channel(d *DB) string { return d.backend.(*pgDB).notices.heard.Load().(string) }
