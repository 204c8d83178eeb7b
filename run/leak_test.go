package run

import (
	"testing"

	"go.uber.org/goleak"
)

// No goroutine is left when runs have ended.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
