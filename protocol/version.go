package protocol

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"runtime"

	"braid/internal/kernel"
)

// Version is the wire version. It grows when any frame or body changes. Programs of different versions refuse each
// other.
const Version = 7

// VersionError is returned by Decode for a frame of another version.
type VersionError struct{ Theirs byte }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the other side speaks wire version %d, this program %d: install the same release of Braid on both",
		e.Theirs, Version)
}

// Identity determines the bits that a build computes. Equal identities give equal gradients.
type Identity struct {
	Class    string // of the kernels
	SelfTest []byte // hash over results of every kernel
	Platform string // for people: go1.26 linux/amd64
}

// Local returns this program's identity. It runs a self-test of some milliseconds.
func Local() Identity {
	sum := kernel.SelfTest()
	platform := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	return Identity{Class: kernel.Class(), SelfTest: sum[:], Platform: platform}
}

// Differs returns a sentence about why b's bits would not be a's, or "".
func (a Identity) Differs(b Identity) string {
	switch {
	case a.Class != b.Class:
		return fmt.Sprintf("its kernels are of class %s (%s), the run's are of class %s (%s): "+
			"use machines of one kind, or the same BRAID_KERNEL on all", b.Class, b.Platform, a.Class, a.Platform)
	case subtle.ConstantTimeCompare(a.SelfTest, b.SelfTest) != 1:
		return fmt.Sprintf("its kernels compute other bits than the run's (self-test %.8x, want %.8x; %s, %s): "+
			"install the same build on both; if it is the same, that machine is faulty",
			b.SelfTest, a.SelfTest, b.Platform, a.Platform)
	}
	return ""
}

// Restamp changes the version of a frame, as if another release had sent it. For tests.
func Restamp(frame []byte, version byte) []byte {
	frame[1] = version
	binary.LittleEndian.PutUint32(frame[checksumAt:], checksum(frame))
	return frame
}
