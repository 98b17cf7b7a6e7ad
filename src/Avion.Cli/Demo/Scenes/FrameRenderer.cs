namespace Avion.Cli;

/// <summary>Draws the frames of one scene as rows of red, green, blue bytes.</summary>
/// <remarks>A frame is a pure function of the scene and its index. Not for use by several threads at once.</remarks>
internal sealed class FrameRenderer(Scene scene)
{
    private const int Channels = 3;
    private readonly int _side = scene.Task.FrameSizePixels;
    private readonly float[] _picture = new float[scene.Task.FrameSizePixels * scene.Task.FrameSizePixels * Channels];

    public int FrameBytes => _picture.Length;

    public void Render(int frame, Span<byte> rgb)
    {
        double seconds = (double)frame / scene.Task.FramesPerSecond;
        (double shakeX, double shakeY) = scene.Shake.At(seconds);
        scene.Background.CopyTo(_picture, shakeX, shakeY);
        if (ClipAt(frame) is SceneClip clip)
        {
            foreach (Bystander bystander in clip.Bystanders)
            {
                Paint(bystander.Shape, bystander.X, bystander.Y, bystander.Radius, 0, shakeX, shakeY, bystander.Level, bystander.Level,
                    bystander.Level);
            }
            double share = (frame - clip.FirstFrame) / (double)(clip.EndFrame - 1 - clip.FirstFrame);
            (double x, double y, double radius) = clip.Actor.Trajectory.At(share);
            ObjectColour colour = clip.Caption.Colour;
            float light = (float)clip.Actor.Brightness;
            Paint(clip.Caption.Shape, x, y, radius, clip.Actor.TiltRadians, shakeX, shakeY, colour.Red * light, colour.Green * light,
                colour.Blue * light);
        }
        AddGrain(frame, rgb);
    }

    private SceneClip? ClipAt(int frame)
    {
        foreach (SceneClip clip in scene.Clips)
        {
            if (frame >= clip.FirstFrame && frame < clip.EndFrame)
            {
                return clip;
            }
        }
        return null;
    }

    /// <summary>Covers the picture by a shape, its edge smoothed over one pixel; the object moves with the shaken world.</summary>
    private void Paint(
        ObjectShape shape, double x, double y, double radius, double tilt, double shakeX, double shakeY, float red, float green, float blue)
    {
        double centreX = x * _side - shakeX, centreY = y * _side - shakeY, radiusPixels = radius * _side;
        (double sine, double cosine) = Math.SinCos(tilt);
        int reach = (int)Math.Ceiling(radiusPixels * 1.5) + 1;
        int top = Math.Max(0, (int)centreY - reach), bottom = Math.Min(_side - 1, (int)centreY + reach);
        int left = Math.Max(0, (int)centreX - reach), right = Math.Min(_side - 1, (int)centreX + reach);
        for (int row = top; row <= bottom; row++)
        {
            double dy = (row + 0.5 - centreY) / radiusPixels;
            for (int column = left; column <= right; column++)
            {
                double dx = (column + 0.5 - centreX) / radiusPixels;
                double distance = shape.Distance(cosine * dx + sine * dy, cosine * dy - sine * dx);
                float cover = (float)Math.Clamp(0.5 - distance * radiusPixels, 0, 1);
                if (cover > 0)
                {
                    Span<float> pixel = _picture.AsSpan((row * _side + column) * Channels, Channels);
                    pixel[0] += cover * (red - pixel[0]);
                    pixel[1] += cover * (green - pixel[1]);
                    pixel[2] += cover * (blue - pixel[2]);
                }
            }
        }
    }

    private void AddGrain(int frame, Span<byte> rgb)
    {
        float scale = scene.Task.GrainLevels / 65536f;
        float offset = 0.5f - scene.Task.GrainLevels / 2f;
        ulong state = CounterRandom.Mix(scene.GrainSeed ^ CounterRandom.Mix((ulong)frame));
        for (int i = 0; i < rgb.Length; i++)
        {
            // xorshift64: grain needs speed and repeatability, not quality.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            rgb[i] = (byte)Math.Clamp(_picture[i] + (state & 0xFFFF) * scale + offset, 0, 255);
        }
    }
}
