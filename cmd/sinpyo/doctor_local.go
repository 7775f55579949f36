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
	"github.com/sinpyo/sinpyo/internal/doctor"
	"github.com/sinpyo/sinpyo/internal/keyring"
	"github.com/sinpyo/sinpyo/internal/sms"
)

// readSettings checks that serve would start with the settings.
func (d *examiner) readSettings(context.Context) doctor.Finding {
	if d.settings == nil {
		return doctor.Fail(doctor.Plain(d.settingsErr.Error()), doctor.Cure(
			"the settings cannot be used as they are", "mend what the lines above name; docs/settings.md tells all settings",
			"설정을 이대로는 쓸 수 없어요", "위에 나온 것을 고치세요. 모든 설정은 docs/ko/settings.md에 있어요"))
	}
	if missing := d.settings.Missing(); len(missing) > 0 {
		for i, name := range missing {
			missing[i] = config.Variable(name)
		}
		return doctor.Fail(doctor.Detail("not set: "+strings.Join(missing, ", "), "정하지 않음: "+strings.Join(missing, ", ")), doctor.Cure(
			"without an account at the provider nothing can be sent",
			"sinpyo serve says how to come by them; to try without an account: sinpyo serve --dev",
			"CoolSMS 계정이 없으면 아무것도 보낼 수 없어요",
			"sinpyo serve가 구하는 법을 알려 줘요. 계정 없이 해 보려면: sinpyo serve --dev",
		))
	}
	if err := checkForServe(d.settings, false); err != nil {
		return doctor.Fail(doctor.Plain(err.Error()), doctor.Cure(
			"serve would not start with this", "mend the setting; sinpyo config show tells where it came from",
			"이대로는 serve가 시작하지 않아요", "설정을 고치세요. 어디에서 왔는지는 sinpyo config show가 알려 줘요"))
	}
	if len(d.settings.Warnings) > 0 {
		return doctor.Warn(doctor.Plain(strings.Join(d.settings.Warnings, "\n")), doctor.Remedy{})
	}
	return doctor.Fine(doctor.Detail("complete", "빠진 것이 없어요"))
}

// dataFolder checks that database and keys have a safe place.
func (d *examiner) dataFolder(context.Context) doctor.Finding {
	dir := d.settings.DataDir
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return doctor.Fine(doctor.Detail(dir+" is not there yet; serve makes it", dir+" 아직 없음. serve가 만들어요"))
	case err != nil:
		return doctor.Fail(doctor.Plain(reason(err).Error()), doctor.Cure(
			"this user cannot look at the data folder", "set data_dir to a folder of the user that runs serve",
			"이 사용자는 데이터 폴더를 볼 수 없어요", "data_dir을 serve를 돌리는 사용자의 폴더로 정하세요"))
	case !info.IsDir():
		return doctor.Fail(doctor.Detail(dir+" is not a folder", dir+" 폴더가 아님"), doctor.Cure(
			"a file stands where the data folder should be", "move the file away, or set data_dir",
			"데이터 폴더가 있을 자리에 파일이 있어요", "파일을 옮기거나 data_dir을 정하세요"))
	case info.Mode().Perm()&0o077 != 0:
		return doctor.Fail(doctor.Detail(fmt.Sprintf("%s has mode %04o", dir, info.Mode().Perm()), fmt.Sprintf("%s 권한 %04o", dir, info.Mode().Perm())),
			doctor.Cure("others may look into the data folder", "chmod 700 "+dir, "다른 사용자가 데이터 폴더를 볼 수 있어요", "chmod 700 "+dir))
	}
	probe, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return doctor.Fail(doctor.Plain(reason(err).Error()), doctor.Cure(
			"this user cannot write there, or the disk is full", "give the folder to the user that runs serve, and make room on the disk",
			"이 사용자가 쓸 수 없거나 디스크가 가득 찼어요", "폴더를 serve를 돌리는 사용자의 것으로 하고 디스크를 비우세요"))
	}
	err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	if err != nil {
		return doctor.Fail(doctor.Plain(reason(err).Error()), doctor.Cure(
			"the disk does not take what is written", "look at the disk", "디스크에 써지지 않아요", "디스크를 살펴보세요"))
	}
	return room(dir, freeBytes(dir))
}

// leastRoom is how many bytes should be free for the database to grow.
const leastRoom = 200 << 20

// room looks at how much is free where the data folder lies; below 0 nobody
// knows.
func room(dir string, free int64) doctor.Finding {
	switch {
	case free < 0:
		return doctor.Fine(doctor.Plain(dir))
	case free < leastRoom:
		return doctor.Warn(doctor.Detail(fmt.Sprintf("%s, %d MiB free", dir, free>>20), fmt.Sprintf("%s, %d MiB 남음", dir, free>>20)), doctor.Cure(
			"the disk is almost full, and a server that cannot write refuses sign-ups", "make room on the disk, or set data_dir to a larger one",
			"디스크가 거의 찼어요. 쓸 수 없으면 가입을 거절해요", "디스크를 비우거나 data_dir을 더 큰 곳으로 정하세요",
		))
	}
	gib := float64(free) / (1 << 30)
	return doctor.Fine(doctor.Detail(fmt.Sprintf("%s, %.1f GiB free", dir, gib), fmt.Sprintf("%s, %.1f GiB 남음", dir, gib)))
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
func (d *examiner) database(ctx context.Context) doctor.Finding {
	current, newest, err := db.Status(ctx, db.Options{URL: databaseURL(d.settings)})
	switch {
	case err != nil:
		return databaseFailed(err)
	case current == 0:
		return doctor.Fine(doctor.Detail("none yet; serve makes it", "아직 없음. serve가 만들어요"))
	case current < newest:
		return doctor.Warn(doctor.Detail(
			fmt.Sprintf("schema %d, the program's is %d", current, newest), fmt.Sprintf("스키마 %d, 프로그램은 %d", current, newest),
		), doctor.Cure(
			"the database was last used by an older program", "keep a copy of it; serve brings it up to date by itself, and so does sinpyo migrate up",
			"더 오래된 프로그램이 쓰던 데이터베이스예요", "복사본을 두세요. serve가 스스로 맞추고, sinpyo migrate up으로도 돼요",
		))
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
func (d *examiner) masterKey(ctx context.Context, opened *db.DB, schema int64) doctor.Finding {
	path := masterKeyFile(d.settings)
	made, err := keyring.Check(ctx, opened, path)
	switch {
	case errors.Is(err, keyring.ErrOther):
		return doctor.Fail(doctor.Detail("the master key at "+path+" is another one", path+" 다른 마스터 키"), doctor.Cure(
			"the database was made with a different master key", "put your copy of that key there",
			"이 데이터베이스는 다른 마스터 키로 만들었어요", "그 키의 복사본을 그 자리에 두세요"))
	case err != nil && made:
		return doctor.Fail(doctor.Plain(err.Error()), doctor.Cure(
			"the numbers in the database cannot be read without its master key", "put your copy of the key at "+path+", with mode 600",
			"마스터 키가 없으면 데이터베이스의 번호를 읽을 수 없어요", "키의 복사본을 "+path+"에 권한 600으로 두세요"))
	case err != nil:
		return databaseFailed(err)
	case !made:
		return doctor.Fine(doctor.Detail(fmt.Sprintf("schema %d; no server has used it yet", schema), fmt.Sprintf("스키마 %d, 아직 쓴 서버가 없음", schema)))
	}
	return doctor.Fine(doctor.Detail(fmt.Sprintf("schema %d, and its master key", schema), fmt.Sprintf("스키마 %d, 맞는 마스터 키", schema)))
}

// backupsOld is when the newest backup is told to be old.
const backupsOld = 48 * time.Hour

// backup checks that whoever makes backups goes on making them.
func (d *examiner) backup(ctx context.Context) doctor.Finding {
	if current, _, err := db.Status(ctx, db.Options{URL: databaseURL(d.settings)}); err != nil || current == 0 {
		return doctor.Skip(doctor.Detail("there is no database to look at", "살펴볼 데이터베이스가 없어요"))
	}
	opened, err := openDatabase(ctx, d.settings, false)
	if err != nil {
		return doctor.Needs("the database", "데이터베이스가", 3)
	}
	at, err := doctor.BackedUpAt(ctx, opened)
	now := opened.Now()
	if err = errors.Join(err, opened.Close()); err != nil {
		return databaseFailed(err)
	}
	if at == 0 {
		return doctor.Fine(doctor.Detail("none by sinpyo backup yet", "sinpyo backup으로 만든 것은 아직 없음"))
	}
	when := at.Std().UTC().Format(time.RFC3339)
	if now.Sub(at) > backupsOld {
		return doctor.Warn(doctor.Detail("the newest is from "+when, "가장 새것은 "+when), doctor.Cure(
			"no backup was made for two days", "look why the timer of sinpyo backup does not run: systemctl list-timers",
			"이틀 동안 백업을 만들지 않았어요", "sinpyo backup 타이머가 왜 돌지 않는지 보세요: systemctl list-timers",
		))
	}
	return doctor.Fine(doctor.Detail("the newest is from "+when, "가장 새것은 "+when))
}

func databaseFailed(err error) doctor.Finding {
	r := doctor.Cure("the database cannot be opened", "check database_url, and that the database server runs and lets this machine in",
		"데이터베이스를 열 수 없어요", "database_url을 확인하고, 데이터베이스 서버가 돌며 이 서버를 들이는지 보세요")
	switch {
	case errors.Is(err, db.ErrNewerSchema):
		r = doctor.Cure("a newer program has used this database", "install that program again, or restore a backup from before",
			"더 새 프로그램이 쓰던 데이터베이스예요", "그 프로그램을 다시 설치하거나 그 전의 백업을 되돌리세요")
	case errors.Is(err, db.ErrLooseRights):
		r = doctor.Cure("others may read the database", "chmod 600 its files and chmod 700 their folder",
			"다른 사용자가 데이터베이스를 읽을 수 있어요", "파일은 chmod 600, 폴더는 chmod 700 하세요")
	case errors.Is(err, db.ErrClockOff):
		r = doctor.Cure("this machine and the database server tell different times", "set both clocks: timedatectl set-ntp true",
			"이 서버와 데이터베이스 서버의 시계가 달라요", "두 시계를 맞추세요: timedatectl set-ntp true")
	}
	return doctor.Fail(doctor.Plain(reason(err).Error()), r)
}

// soonLapses is how long before its end a certificate is told of.
const soonLapses = 14 * 24 * time.Hour

// publicAddress checks how people reach the pages.
func (d *examiner) publicAddress(context.Context) doctor.Finding {
	c := d.settings
	where := c.PublicURL.String()
	switch {
	case c.Listen == "":
		return doctor.Fine(doctor.Detail("the listener is off", "리스너를 껐어요"))
	case c.TLSCert != "":
		return d.certificate(where)
	case config.Loopback(c.PublicURL.Hostname()):
		return doctor.Fine(doctor.Detail(where+", for this machine alone; set public_url for others", where+", 이 서버에서만 열려요. 밖에서 쓰려면 public_url을 정하세요"))
	case len(c.TrustedProxies) == 0:
		return doctor.Warn(doctor.Detail(where+" behind a proxy that is not trusted", where+", 믿지 않는 프록시 뒤"), doctor.Cure(
			"with neither tls_cert nor trusted_proxies every visitor seems to come from the proxy's address, and shares one limit",
			"set trusted_proxies to the network the proxy calls from",
			"tls_cert도 trusted_proxies도 없으면 모두 프록시의 주소에서 온 것으로 보여 한도 하나를 나눠 써요",
			"trusted_proxies를 프록시가 부르는 네트워크로 정하세요",
		))
	}
	return doctor.Fine(doctor.Detail(where+" behind a proxy", where+", 프록시 뒤"))
}

// certificate checks the certificate that the pages are served with.
func (d *examiner) certificate(where string) doctor.Finding {
	pair, err := tls.LoadX509KeyPair(d.settings.TLSCert, d.settings.TLSKey)
	if err != nil {
		return doctor.Fail(doctor.Plain(err.Error()), doctor.Cure(
			"the certificate or its key cannot be used", "check the files of tls_cert and tls_key, and that they belong together",
			"인증서나 그 키를 쓸 수 없어요", "tls_cert와 tls_key 파일을 확인하고 서로 짝인지 보세요"))
	}
	name, end := d.settings.PublicURL.Hostname(), pair.Leaf.NotAfter
	day := end.UTC().Format(time.DateOnly)
	until := doctor.Detail("the certificate of "+where+" ends on "+day, where+" 인증서 "+day+"까지")
	switch {
	case pair.Leaf.VerifyHostname(name) != nil:
		return doctor.Fail(doctor.Detail("the certificate is not for "+name, name+"의 인증서가 아님"), doctor.Cure(
			"browsers refuse it at that address", "get one for the host of public_url",
			"브라우저가 그 주소에서 받아들이지 않아요", "public_url의 호스트로 된 인증서를 쓰세요"))
	case time.Now().After(end):
		return doctor.Fail(until, doctor.Cure("it has lapsed, and browsers refuse it", "renew it, and start serve again",
			"끝난 인증서라 브라우저가 받아들이지 않아요", "갱신하고 serve를 다시 시작하세요"))
	case time.Until(end) < soonLapses:
		return doctor.Warn(until, doctor.Cure("it lapses in less than 14 days", "renew it, and start serve again",
			"14일 안에 끝나요", "갱신하고 serve를 다시 시작하세요"))
	}
	return doctor.Fine(until)
}

// texts checks that the texts of the settings fit into one SMS.
func (d *examiner) texts(context.Context) doctor.Finding {
	t, err := sms.New(d.settings.Service.Name, d.settings.Service.Host)
	if err != nil {
		return doctor.Fail(doctor.Plain(err.Error()), doctor.Cure(
			"a code could not be sent in one SMS", "change service.name or service.host as the line above says",
			"인증번호를 문자 한 건에 담을 수 없어요", "위에 나온 대로 service.name이나 service.host를 바꾸세요"))
	}
	longest := 0
	for _, p := range t.Previews() {
		longest = max(longest, p.Bytes)
	}
	return doctor.Fine(doctor.Detail(
		fmt.Sprintf("at most %d of %d bytes", longest, sms.MaxBytes), fmt.Sprintf("%[2]d바이트 가운데 많아야 %[1]d바이트", longest, sms.MaxBytes),
	))
}
