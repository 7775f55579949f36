package db

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// libpqOptions are the options of a URL that PostgreSQL's own programs take from
// the environment.
var libpqOptions = map[string]string{
	"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
	"passfile": "PGPASSFILE", "connect_timeout": "PGCONNECT_TIMEOUT",
}

// Tool prepares one of PostgreSQL's own programs, such as pg_dump, to speak to
// the database of a URL. Where and as whom stands in its environment, so that no
// list of processes shows a password.
func Tool(ctx context.Context, address, name string, args ...string) (*exec.Cmd, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("%s is not installed: install PostgreSQL's client programs of the server's version (Debian: postgresql-client)", name)
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...) // #nosec G204 -- the names and arguments are this program's own
	cmd.Env = append(os.Environ(), "PGHOST="+config.Host, "PGPORT="+strconv.Itoa(int(config.Port)), "PGUSER="+config.User,
		"PGDATABASE="+config.Database, "PGAPPNAME=sinpyo "+name)
	if config.Password != "" {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+config.Password)
	}
	if u, err := url.Parse(address); err == nil {
		for option, variable := range libpqOptions {
			if value := u.Query().Get(option); value != "" {
				cmd.Env = append(cmd.Env, variable+"="+value)
			}
		}
	}
	return cmd, nil
}

// Namespace returns the schema of a PostgreSQL database that the tables are or
// will be in, such as public.
func Namespace(ctx context.Context, address string) (name string, err error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return "", err
	}
	err = conn.QueryRow(ctx, "SELECT coalesce(current_schema(), '')").Scan(&name)
	if closing := conn.Close(ctx); err == nil {
		err = closing
	}
	if err == nil && name == "" {
		// None of those in the search path is there; the first is made.
		path, _, _ := strings.Cut(conn.Config().RuntimeParams["search_path"], ",")
		if name = strings.TrimSpace(path); name == "" {
			err = fmt.Errorf("the database has no schema to put tables into: CREATE SCHEMA public")
		}
	}
	return name, err
}

// Quoted writes a name as PostgreSQL reads it in SQL.
func Quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
