package sdk_test

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// inside is set, to the name of the program, in the process that has a network
// and files of its own.
const inside = "SINPYO_TEST_SDK_INSIDE"

// hosts makes the provider's names this machine's.
const hosts = "127.0.0.1 localhost api.solapi.com api.coolsms.co.kr\n"

// TestSDKs_NeedNoChangeUnderTheProvidersNames runs everything once more with
// the addresses that are compiled into the SDKs: in a network of its own, where
// the provider's names lead to `sinpyo sandbox --tls`.
func TestSDKs_NeedNoChangeUnderTheProvidersNames(t *testing.T) {
	if program := os.Getenv(inside); program != "" {
		runInside(t, program)
		return
	}
	if os.Getenv("SINPYO_TEST_SDK") != "1" {
		t.Skip("needs Node and npm packages: run make test, or set SINPYO_TEST_SDK=1 once they are installed")
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	again.Env = append(os.Environ(), inside+"="+build(t))
	again.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	said, err := again.CombinedOutput()
	switch {
	case errors.Is(err, fs.ErrPermission), bytes.Contains(said, []byte("--- SKIP: "+t.Name()+" ")):
		t.Skipf("this machine allows no network of one's own: %v\n%s", err, said)
	case err != nil:
		t.Fatalf("%v\n%s", err, said)
	}
}

// runInside is the half of the test above that runs in the network of its own.
func runInside(t *testing.T, program string) {
	t.Helper()
	rename(t)
	certificate := startTLS(t, program)
	t.Setenv("NODE_EXTRA_CA_CERTS", certificate)
	for _, name := range packages {
		t.Run(name, func(t *testing.T) {
			got := run(t, name, "https://localhost", "unled")
			for _, r := range append(got.Methods, got.Manners...) {
				t.Run(r.Name, func(t *testing.T) { judge(t, r) })
			}
		})
	}
}

// rename switches the loopback device on and lays our hosts over /etc/hosts.
func rename(t *testing.T) {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(socket) }()
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{name: [syscall.IFNAMSIZ]byte{'l', 'o'}, flags: syscall.IFF_UP}
	_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, uintptr(socket), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request)))
	if failed != 0 {
		refused(t, "switching the loopback device on", failed)
	}

	file := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(file, []byte(hosts), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		refused(t, "keeping our mounts to ourselves", err)
	}
	if err := syscall.Mount(file, "/etc/hosts", "", syscall.MS_BIND, ""); err != nil {
		refused(t, "laying a file over /etc/hosts", err)
	}
}

// refused skips the test where the system forbids what it needs.
func refused(t *testing.T, what string, err error) {
	t.Helper()
	if errors.Is(err, fs.ErrPermission) {
		t.Skip(what, ": ", err)
	}
	t.Fatal(what, ": ", err)
}

// startTLS starts the emulator where the SDKs look for the provider and returns
// the name of the certificate's file, which the program prints.
func startTLS(t *testing.T, program string) string {
	t.Helper()
	emulator := exec.CommandContext(t.Context(), program,
		"sandbox", "--listen", "127.0.0.1:443", "--tls", "--tls-dir", t.TempDir(), "--api-key", key, "--api-secret", secret)
	out, err := emulator.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	emulator.Stderr = os.Stderr
	if err := emulator.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = emulator.Wait() }) // killed
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		if name, found := strings.CutPrefix(lines.Text(), "trust "); found {
			return strings.TrimSpace(name)
		}
	}
	t.Fatalf("sinpyo sandbox --tls told of no certificate:\n%s", strings.Join(said, "\n"))
	return ""
}
