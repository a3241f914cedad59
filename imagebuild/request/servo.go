package request

import (
	"context"
	"fmt"

	"lbimage/servo/develop"
)

// perBoot is the word for a servo that is fetched at each boot.
const perBoot = "per-boot"

// openSource reads the servo's source, unless it is fetched at boot.
func (o *Opened) openSource(ctx context.Context, opts Options) error {
	s := o.Servo
	if s == nil || s.Source == "" || s.Bootstrap == perBoot {
		return nil
	}
	var err error
	o.Source, err = develop.Open(ctx, develop.Request{Source: s.Source, Ref: s.Ref, AllowDirty: s.AllowDirty}, develop.Options{TempDir: opts.TempDir})
	if err != nil {
		return fmt.Errorf("servo: %w", err)
	}
	return nil
}

// servoStep is the step that brings the servo; none where none is asked for, or it is not open yet.
func (o *Opened) servoStep(image Image) ([]Step, error) {
	s := o.Servo
	switch {
	case s == nil:
		return nil, nil
	case s.RPM != "":
		edit, err := o.packageEdit(-1, image)
		if err != nil {
			return nil, fmt.Errorf("servo: %w", err)
		}
		if edit == nil {
			return nil, nil
		}
		return []Step{{Edit: edit, key: "servo"}}, nil
	case s.Bootstrap == perBoot:
		edit, err := develop.NewBootstrap(develop.Bootstrap{URL: s.Source, Ref: s.Ref})
		if err != nil {
			return nil, usage(fmt.Errorf("servo: %w", err))
		}
		return []Step{{Edit: edit, key: "servo"}}, nil
	case o.Source == nil:
		return nil, nil
	}
	edit, err := o.Source.Edit(develop.EditOptions{LogLevel: s.LogLevel})
	if err != nil {
		return nil, usage(fmt.Errorf("servo: %w", err))
	}
	return []Step{{Edit: edit, key: "servo"}}, nil
}
