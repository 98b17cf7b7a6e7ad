// Reads four evenly spaced frames of a video, resized to 224 × 224, and writes each as a PPM picture.
// dotnet run -c Release --project samples/DecodeClip -- VIDEO FOLDER
const int FrameCount = 4, Size = 224;
if (args.Length != 2)
{
    Console.Error.WriteLine("usage: DecodeClip VIDEO FOLDER");
    return 2;
}

using ClipReader reader = new();
VideoInfo info = reader.GetInfo(args[0]);
Console.WriteLine($"{info.Codec}, {info.Width} x {info.Height}, {info.FrameCount} frames, {info.DurationSeconds:0.00} s");

int[] frames = new int[FrameCount];
for (int i = 0; i < FrameCount; i++)
{
    frames[i] = (int)((i + 0.5) * info.FrameCount / FrameCount);
}

// Only these four frames are converted, straight into this array.
byte[] pixels = new byte[FrameCount * Size * Size * 3];
FrameTransform transform = FrameTransform.Whole(info, Size, Size) with { Layout = PixelLayout.Interleaved };
reader.Read(args[0], frames, transform, pixels);

Directory.CreateDirectory(args[1]);
for (int i = 0; i < FrameCount; i++)
{
    using FileStream file = File.Create(Path.Combine(args[1], $"frame-{frames[i]:00000}.ppm"));
    file.Write(Encoding.ASCII.GetBytes($"P6\n{Size} {Size}\n255\n"));
    file.Write(pixels, i * Size * Size * 3, Size * Size * 3);
}

return 0;
