package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/sinpyo/sinpyo/internal/config"
	"github.com/sinpyo/sinpyo/internal/db"
	"github.com/sinpyo/sinpyo/internal/keyring"
	"github.com/sinpyo/sinpyo/internal/sms"
)

// readSettings checks that serve would start with the settings.
func (d *doctor) readSettings(context.Context) finding {
	if d.settings == nil {
		return failed(d.settingsErr.Error(), remedy{"the settings cannot be used as they are", "mend what the lines above name; docs/settings.md tells all settings"})
	}
	if missing := d.settings.Missing(); len(missing) > 0 {
		for i, name := range missing {
			missing[i] = config.Variable(name)
		}
		return failed("not set: "+strings.Join(missing, ", "), remedy{
			"without an account at the provider nothing can be sent",
			"sinpyo serve says how to come by them; to try without an account: sinpyo serve --dev",
		})
	}
	if err := checkForServe(d.settings, false); err != nil {
		return failed(err.Error(), remedy{"serve would not start with this", "mend the setting; sinpyo config show tells where it came from"})
	}
	if len(d.settings.Warnings) > 0 {
		return warned(strings.Join(d.settings.Warnings, "\n"), remedy{})
	}
	return fine("complete")
}

// dataFolder checks that database and keys have a safe place.
func (d *doctor) dataFolder(context.Context) finding {
	dir := d.settings.DataDir
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fine(dir + " is not there yet; serve makes it")
	case err != nil:
		return failed(reason(err).Error(), remedy{"this user cannot look at the data folder", "set data_dir to a folder of the user that runs serve"})
	case !info.IsDir():
		return failed(dir+" is not a folder", remedy{"a file stands where the data folder should be", "move the file away, or set data_dir"})
	case info.Mode().Perm()&0o077 != 0:
		return failed(fmt.Sprintf("%s has mode %04o", dir, info.Mode().Perm()), remedy{"others may look into the data folder", "chmod 700 " + dir})
	}
	probe, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return failed(reason(err).Error(), remedy{"this user cannot write there, or the disk is full", "give the folder to the user that runs serve, and make room on the disk"})
	}
	err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	if err != nil {
		return failed(reason(err).Error(), remedy{"the disk does not take what is written", "look at the disk"})
	}
	return room(dir, freeBytes(dir))
}

// leastRoom is how many bytes should be free for the database to grow.
const leastRoom = 200 << 20

// room looks at how much is free where the data folder lies; below 0 nobody
// knows.
func room(dir string, free int64) finding {
	switch {
	case free < 0:
		return fine(dir)
	case free < leastRoom:
		return warned(fmt.Sprintf("%s, %d MiB free", dir, free>>20), remedy{
			"the disk is almost full, and a server that cannot write refuses sign-ups", "make room on the disk, or set data_dir to a larger one",
		})
	}
	return fine(fmt.Sprintf("%s, %.1f GiB free", dir, float64(free)/(1<<30)))
}

// freeBytes returns how many bytes this user may still write to a folder, or
// -1 when the system does not tell.
func freeBytes(dir string) int64 {
	var disk syscall.Statfs_t
	if syscall.Statfs(dir, &disk) != nil {
		return -1
	}
	free := uint64(disk.Bavail) * uint64(disk.Bsize) //nolint:gosec,unconvert // their types differ between systems
	return int64(min(free, math.MaxInt64))           //nolint:gosec // bounded
}

// database checks that the database can be opened by this program, with the
// master key it was made with.
func (d *doctor) database(ctx context.Context) finding {
	current, newest, err := db.Status(ctx, db.Options{URL: databaseURL(d.settings)})
	switch {
	case err != nil:
		return databaseFailed(err)
	case current == 0:
		return fine("none yet; serve makes it")
	case current < newest:
		return warned(fmt.Sprintf("schema %d, the program's is %d", current, newest), remedy{
			"the database was last used by an older program", "keep a copy of it; serve brings it up to date by itself, and so does sinpyo migrate up",
		})
	}
	opened, err := openDatabase(ctx, d.settings, false)
	if err != nil {
		return databaseFailed(err)
	}
	found := d.masterKey(ctx, opened, current)
	if err := opened.Close(); err != nil {
		return databaseFailed(err)
	}
	return found
}

// masterKey checks that the master key is there and is the database's.
func (d *doctor) masterKey(ctx context.Context, opened *db.DB, schema int64) finding {
	path := masterKeyFile(d.settings)
	made, err := keyring.Check(ctx, opened, path)
	switch {
	case errors.Is(err, keyring.ErrOther):
		return failed("the master key at "+path+" is another one", remedy{"the database was made with a different master key", "put your copy of that key there"})
	case err != nil && made:
		return failed(err.Error(), remedy{"the numbers in the database cannot be read without its master key", "put your copy of the key at " + path + ", with mode 600"})
	case err != nil:
		return databaseFailed(err)
	case !made:
		return fine(fmt.Sprintf("schema %d; no server has used it yet", schema))
	}
	return fine(fmt.Sprintf("schema %d, and its master key", schema))
}

func databaseFailed(err error) finding {
	r := remedy{"the database cannot be opened", "check database_url, and that the database server runs and lets this machine in"}
	switch {
	case errors.Is(err, db.ErrNewerSchema):
		r = remedy{"a newer program has used this database", "install that program again, or restore a backup from before"}
	case errors.Is(err, db.ErrLooseRights):
		r = remedy{"others may read the database", "chmod 600 its files and chmod 700 their folder"}
	case errors.Is(err, db.ErrClockOff):
		r = remedy{"this machine and the database server tell different times", "set both clocks: timedatectl set-ntp true"}
	}
	return failed(reason(err).Error(), r)
}

// soonLapses is how long before its end a certificate is told of.
const soonLapses = 14 * 24 * time.Hour

// publicAddress checks how people reach the pages.
func (d *doctor) publicAddress(context.Context) finding {
	c := d.settings
	where := c.PublicURL.String()
	switch {
	case c.Listen == "":
		return fine("the listener is off")
	case c.TLSCert != "":
		return d.certificate(where)
	case config.Loopback(c.PublicURL.Hostname()):
		return fine(where + ", for this machine alone; set public_url for others")
	case len(c.TrustedProxies) == 0:
		return warned(where+" behind a proxy that is not trusted", remedy{
			"with neither tls_cert nor trusted_proxies every visitor seems to come from the proxy's address, and shares one limit",
			"set trusted_proxies to the network the proxy calls from",
		})
	}
	return fine(where + " behind a proxy")
}

// certificate checks the certificate that the pages are served with.
func (d *doctor) certificate(where string) finding {
	pair, err := tls.LoadX509KeyPair(d.settings.TLSCert, d.settings.TLSKey)
	if err != nil {
		return failed(err.Error(), remedy{"the certificate or its key cannot be used", "check the files of tls_cert and tls_key, and that they belong together"})
	}
	name, end := d.settings.PublicURL.Hostname(), pair.Leaf.NotAfter
	until := "the certificate of " + where + " ends on " + end.UTC().Format(time.DateOnly)
	switch {
	case pair.Leaf.VerifyHostname(name) != nil:
		return failed("the certificate is not for "+name, remedy{"browsers refuse it at that address", "get one for the host of public_url"})
	case time.Now().After(end):
		return failed(until, remedy{"it has lapsed, and browsers refuse it", "renew it, and start serve again"})
	case time.Until(end) < soonLapses:
		return warned(until, remedy{"it lapses in less than 14 days", "renew it, and start serve again"})
	}
	return fine(until)
}

// texts checks that the texts of the settings fit into one SMS.
func (d *doctor) texts(context.Context) finding {
	t, err := sms.New(d.settings.Service.Name, d.settings.Service.Host)
	if err != nil {
		return failed(err.Error(), remedy{"a code could not be sent in one SMS", "change service.name or service.host as the line above says"})
	}
	longest := 0
	for _, locale := range []string{"ko", "en"} {
		n, err := sms.Bytes(t.Text(locale, "000000"))
		if err != nil {
			return failed(err.Error(), remedy{"a text holds a character that carriers do not know", "change service.name"})
		}
		longest = max(longest, n)
	}
	return fine(fmt.Sprintf("at most %d of %d bytes", longest, sms.MaxBytes))
}
