package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// pty runs a program with a terminal of 160 columns as standard output: pty NAME ARGS... The text on the
// terminal becomes standard output, with ⏎ for a carriage return.
func pty(ts *testscript.TestScript, neg bool, args []string) {
	keeper, terminal, err := openTerminal()
	ts.Check(err)
	defer keeper.Close()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME")}
	if path, err := lookIn(ts.Getenv("PATH"), args[0]); err == nil {
		cmd.Path, cmd.Err = path, nil
	}
	cmd.Stdout, cmd.Stderr = terminal, ts.Stderr()
	seen := make(chan []byte)
	go func() {
		text, _ := io.ReadAll(keeper) // returns an error when the last writer has closed
		seen <- text
	}()
	err = cmd.Run()
	terminal.Close()
	fmt.Fprint(ts.Stdout(), strings.ReplaceAll(strings.ReplaceAll(string(<-seen), "\r\n", "\n"), "\r", "⏎"))
	if (err != nil) != neg {
		ts.Fatalf("%s: %v", args[0], err)
	}
}

func lookIn(path, name string) (string, error) {
	for _, dir := range strings.Split(path, ":") {
		if info, err := os.Stat(dir + "/" + name); err == nil && !info.IsDir() {
			return dir + "/" + name, nil
		}
	}
	return "", exec.ErrNotFound
}

func openTerminal() (keeper, terminal *os.File, err error) {
	keeper, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(keeper.Fd())
	if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	return keeper, terminal, unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 160})
}
