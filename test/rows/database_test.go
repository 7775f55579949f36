package rows

import (
	"context"
	"testing"

	"github.com/sinpyo/sinpyo/internal/db"
)

// exec runs statements on the installation's database, for what no command
// and no call does.
func (w *world) exec(statements ...string) {
	w.Helper()
	d, err := db.Open(context.Background(), db.Options{URL: w.Database})
	if err != nil {
		w.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			w.Error(err)
		}
	}()
	for _, s := range statements {
		err := d.Update(context.Background(), func(tx *db.Tx) error {
			tx.Exec(s)
			return nil
		})
		if err != nil {
			w.Fatalf("%s: %v", s, err)
		}
	}
}

// otherApplication makes a second application and returns its id.
func (w *world) otherApplication() string {
	w.Helper()
	w.exec(`INSERT INTO applications (id, name, host, languages, created_at) VALUES ('app_other', '다른 서비스', 'localhost', 'ko en', 1)`)
	return "app_other"
}

var _ testing.TB = (*world)(nil)
