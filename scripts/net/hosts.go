package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// prefix is the prefix of all namespaces: braid0 contains the switch; braid1, braid2 ... are hosts.
const prefix = "braid"

func host(n int) string    { return prefix + strconv.Itoa(n) }
func address(n int) string { return "10.83.0." + strconv.Itoa(n) }

// maxHosts is the limit of the address range.
const maxHosts = 200

// sh runs a command. Its error quotes the command's output.
func sh(line string) error {
	words := strings.Fields(line)
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", line, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// able returns the reason why this machine cannot create hosts, nil if it can.
func able() error {
	if os.Getuid() != 0 {
		return errors.New("network namespaces need root: run this as root")
	}
	for _, tool := range []string{"ip", "tc"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is not installed: install iproute2", tool)
		}
	}
	const probe = prefix + "probe"
	if err := sh("ip netns add " + probe); err != nil {
		return fmt.Errorf("this machine does not allow network namespaces: %w", err)
	}
	defer func() { _ = sh("ip netns del " + probe) }()
	for _, line := range []string{
		"ip -n " + probe + " link add veth0 type veth peer name veth1",
		"ip netns exec " + probe + " tc qdisc add dev veth0 root tbf rate 1mbit burst 16kb latency 50ms",
	} {
		if err := sh(line); err != nil {
			return fmt.Errorf("this machine does not allow links of a bounded rate: %w", err)
		}
	}
	return nil
}

// up creates n hosts with links of a rate in the notation of tc. It first removes the hosts of earlier
// runs. If a command fails, it removes the new hosts.
func up(n int, rate string) (err error) {
	if n < 1 || n > maxHosts {
		return fmt.Errorf("%d hosts: give 1 to %d", n, maxHosts)
	}
	if err := able(); err != nil {
		return err
	}
	if err := down(); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = down()
		}
	}()
	lines := []string{
		"ip netns add " + host(0),
		"ip -n " + host(0) + " link add switch type bridge",
		"ip -n " + host(0) + " link set switch up",
	}
	for i := 1; i <= n; i++ {
		h, port := host(i), "port"+strconv.Itoa(i)
		// Both directions are bounded: packets that the host sends and packets that the switch sends to it.
		tbf := "tbf rate " + rate + " burst 128kb latency 100ms"
		lines = append(lines,
			"ip netns add "+h,
			"ip -n "+h+" link set lo up",
			"ip -n "+host(0)+" link add name "+port+" type veth peer name eth0 netns "+h,
			"ip -n "+host(0)+" link set "+port+" master switch up",
			"ip -n "+h+" address add "+address(i)+"/24 dev eth0",
			"ip -n "+h+" link set eth0 up",
			"ip netns exec "+h+" tc qdisc add dev eth0 root "+tbf,
			"ip netns exec "+host(0)+" tc qdisc add dev "+port+" root "+tbf)
	}
	for _, line := range lines {
		if err := sh(line); err != nil {
			return err
		}
	}
	return nil
}

// down removes all hosts. Links are deleted with their namespaces.
func down() error {
	out, err := exec.Command("ip", "netns", "list").Output()
	if err != nil {
		return fmt.Errorf("ip netns list: %w", err)
	}
	var failed error
	for _, line := range strings.Split(string(out), "\n") {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if rest, ours := strings.CutPrefix(name, prefix); ours && (rest == "probe" || number(rest)) {
			failed = errors.Join(failed, sh("ip netns del "+name))
		}
	}
	return failed
}

func number(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}
