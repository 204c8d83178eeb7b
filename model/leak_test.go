package model

import (
	"testing"

	"go.uber.org/goleak"
)

// No goroutine is left when engines have ended.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
