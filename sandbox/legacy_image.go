package sandbox

import (
	"bytes"
	"image"
	_ "image/gif"  // formats
	_ "image/jpeg" // a picture
	_ "image/png"  // may have
	"slices"
	"strconv"
	"time"
)

const (
	maxPictureBytes = 300 << 10
	maxPictureSide  = 2048
	pictureLife     = 7 * 24 * time.Hour
	maxPictures     = 1000 // kept at a time; the oldest leave first
)

// legacyImage is a picture of the legacy store. Its bytes are looked at and
// let go: no call gives them back.
type legacyImage struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"` // as uploaded
	Format   string    `json:"format"`
	Size     int       `json:"size"`
	Width    int       `json:"width"`
	Height   int       `json:"height"`
	Uploaded time.Time `json:"uploaded"`
}

// picture reads the image of a call: nil when there is none, or the refusal of
// one that is no picture, too large or too wide.
func (c *call) picture() (*legacyImage, error) {
	if c.form.fields["image"] == "" {
		return nil, nil
	}
	data, ok := c.form.file("image")
	if !ok {
		return nil, errImageType // G: base64 that cannot be read is no picture
	}
	if len(data) > maxPictureBytes {
		return nil, errImageSize
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	switch {
	case err != nil:
		return nil, errImageType
	case config.Width > maxPictureSide || config.Height > maxPictureSide:
		return nil, errImageResolution
	}
	name := clip(c.form.files["image"], 255)
	return &legacyImage{Name: name, Format: format, Size: len(data), Width: config.Width, Height: config.Height}, nil
}

// keepLegacyImage puts a picture into the store and returns its id.
func (w *world) keepLegacyImage(p legacyImage) string {
	w.legacyImages() // lets the old ones go
	if len(w.legacy.Images) >= maxPictures {
		w.legacy.Images = w.legacy.Images[1:]
	}
	p.ID, p.Uploaded = newLegacyID(w.chance, "IMG"), w.now
	w.legacy.Images = append(w.legacy.Images, p)
	return p.ID
}

// legacyImages returns the pictures that are less than seven days old.
func (w *world) legacyImages() []legacyImage {
	all := &w.legacy.Images
	for len(*all) > 0 && w.now.Sub((*all)[0].Uploaded) >= pictureLife {
		*all = (*all)[1:]
	}
	return *all
}

func (w *world) legacyImage(id string) *legacyImage {
	all := w.legacyImages()
	for i := range all {
		if all[i].ID == id {
			return &all[i]
		}
	}
	return nil
}

// legacyUploadImage serves POST /sms/2/upload_image.
func legacyUploadImage(c *call) (any, error) {
	picture, err := c.picture()
	if err != nil {
		return nil, err
	}
	if picture == nil {
		return nil, errNoImage
	}
	var v struct {
		ImageID string `json:"image_id"`
	}
	c.s.change(func(w *world) { v.ImageID = w.keepLegacyImage(*picture) })
	return v, nil
}

// legacyImageList serves GET /sms/2/image_list, newest first (G).
func legacyImageList(c *call) (any, error) {
	ids := []string{}
	c.s.change(func(w *world) {
		all := w.legacyImages()
		for i := len(all) - 1; i >= 0; i-- {
			ids = append(ids, all[i].ID)
		}
	})
	return c.form.cut(ids), nil
}

// legacyImageInfo serves GET /sms/2/images/{id}: all values are text.
func legacyImageInfo(c *call) (any, error) {
	var v struct {
		ImageID  string `json:"image_id"`
		FileName string `json:"file_name"`
		Original string `json:"original_name"`
		Size     string `json:"file_size"`
		Width    string `json:"width"`
		Height   string `json:"height"`
	}
	var err error = errNoLegacyResource
	c.s.change(func(w *world) {
		p := w.legacyImage(c.r.PathValue("id"))
		if p == nil {
			return
		}
		err = nil
		v.ImageID, v.FileName, v.Original = p.ID, p.ID+"."+p.Format, p.Name
		v.Size, v.Width, v.Height = strconv.Itoa(p.Size), strconv.Itoa(p.Width), strconv.Itoa(p.Height)
	})
	return v, err
}

// legacyDeleteImages serves POST /sms/2/delete_images. A picture that is not
// there counts as 1023.
func legacyDeleteImages(c *call) (any, error) {
	var v counters
	c.s.change(func(w *world) {
		stored := map[string]bool{}
		for _, p := range w.legacyImages() {
			stored[p.ID] = true
		}
		v = c.form.each("image_ids", func(id string) string {
			if !stored[id] {
				return "1023"
			}
			delete(stored, id)
			return ""
		})
		w.legacy.Images = slices.DeleteFunc(w.legacy.Images, func(p legacyImage) bool { return !stored[p.ID] })
	})
	return v, nil
}
