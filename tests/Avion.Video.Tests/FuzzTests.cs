namespace Avion.Video.Tests;

/// <summary>
/// Mutated files: flipped bits, overwritten and moved blocks, changed counts, cut ends, in headers and in pictures. Whatever is in a file,
/// a read either gives pixels or throws a <see cref="VideoException"/>, in bounded time and memory. AVION_FUZZ_FILES sets how many
/// (default 1,000; 5,000 and more for a long run).
/// </summary>
public sealed class FuzzTests
{
    private static readonly (string Name, string Coding)[] s_seeds =
    [
        ("fuzz.mp4", "-c:v libx264 -g 8"),
        ("fuzz-front.mp4", "-c:v libx264 -x264-params open-gop=1:keyint=8:bframes=3 -movflags +faststart"),
        ("fuzz-hevc.mp4", "-c:v libx265 -x265-params log-level=none:keyint=8"),
        ("fuzz.mkv", "-c:v libx264 -g 8"),
        ("fuzz-vp9.webm", "-c:v libvpx-vp9 -g 8 -deadline realtime -cpu-used 8"),
        ("fuzz.avi", "-c:v mpeg4 -g 8 -bf 2"),
        ("fuzz.mpg", "-c:v mpeg2video -g 8 -bf 2"),
    ];

    [Fact]
    public void Mutated_files_give_pixels_or_a_video_exception()
    {
        FFmpegProgram.Require();
        int files = int.TryParse(Environment.GetEnvironmentVariable("AVION_FUZZ_FILES"), out int asked) ? asked : 1000;
        byte[][] seeds = s_seeds.Select(seed =>
            File.ReadAllBytes(TestVideos.Make(seed.Name, seed.Coding, frames: 24, size: "96x64"))).ToArray();
        string path = Path.Combine(TestVideos.Folder, "mutant.bin");
        Dictionary<VideoErrorKind, int> refusals = [];
        int read = 0;
        using ClipReader reader =
            new(new ClipReaderOptions { Cache = new VideoInfoCache(0), DeadlineSeconds = 20, IndexDeadlineSeconds = 20 });
        for (int file = 0; file < files; file++)
        {
            // Most of the mutants are of mp4 files, whose parser is ours.
            Random random = new(file);
            byte[] mutant = Mutate(seeds[random.Next(2) == 0 ? random.Next(3) : random.Next(seeds.Length)], random);
            File.WriteAllBytes(path, mutant);
            long started = Stopwatch.GetTimestamp();
            try
            {
                VideoInfo info = reader.GetInfo(path);
                Assert.InRange(info.FrameCount, 1, mutant.Length);
                int size = Math.Min(info.Width, info.Height) < 1 ? 0 : 16;
                FrameTransform transform = FrameTransform.Whole(info, size, size);
                byte[] clip = new byte[3 * transform.FrameBytes];
                reader.Read(info, [0, info.FrameCount / 2, info.FrameCount - 1], transform, clip);
                read++;
            }
            catch (VideoException refusal)
            {
                Assert.True(refusal.Kind is not (VideoErrorKind.LibraryMissing or VideoErrorKind.NotFound),
                    $"file {file}: {refusal.Message}");
                Assert.Contains("mutant.bin", refusal.Message, StringComparison.Ordinal);
                refusals[refusal.Kind] = refusals.GetValueOrDefault(refusal.Kind) + 1;
            }
            catch (Exception other) when (other is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"file {file}: {other}");
            }

            Assert.True(Stopwatch.GetElapsedTime(started).TotalSeconds < 60,
                $"file {file} took {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        }

        // Both outcomes occur, or the mutations are too weak or too strong to test anything.
        Assert.True(read > files / 20, $"{read} of {files} files were read");
        Assert.True(refusals.Values.Sum() > files / 20, $"{refusals.Values.Sum()} of {files} files were refused");
        Assert.True(refusals.Count >= 3, string.Join(", ", refusals));
    }

    [Fact]
    public void Reading_many_files_good_and_bad_keeps_memory_flat()
    {
        FFmpegProgram.Require();
        string good = TestVideos.Make("fuzz.mp4", "-c:v libx264 -g 8", frames: 24, size: "96x64");
        string general = TestVideos.Make("fuzz.mkv", "-c:v libx264 -g 8", frames: 24, size: "96x64");
        string bad = TestVideos.Make("soak-bad.mp4", target =>
        {
            byte[] bytes = File.ReadAllBytes(TestVideos.Make("fuzz-front.mp4", s_seeds[1].Coding, frames: 24, size: "96x64"));
            File.WriteAllBytes(target, bytes[..(bytes.Length * 2 / 3)]);
        });
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache(0) });
        byte[] clip = new byte[2 * 3 * 32 * 32];
        void Round(int count)
        {
            for (int i = 0; i < count; i++)
            {
                foreach (string path in (string[])[good, bad, general])
                {
                    try
                    {
                        reader.Read(path, [i % 24, 23], FrameTransform.Whole(reader.GetInfo(path), 32, 32), clip);
                    }
                    catch (VideoException refusal) when (refusal.Kind == VideoErrorKind.Truncated)
                    {
                    }
                }
            }

            GC.Collect();
        }

        // Until all methods are compiled for good and the heap has its size.
        Round(500);
        long[] growth = new long[5];
        for (int round = 0; round < growth.Length; round++)
        {
            long before = ResidentBytes();
            Round(100);
            growth[round] = ResidentBytes() - before;
        }

        // 300 clips a round. A leak grows in every round, by megabytes if it were a decoder, file or packet a clip; a heap grows in jumps.
        Assert.True(growth.Order().ElementAt(growth.Length / 2) < 1 << 20,
            "memory grew by " + string.Join(", ", growth.Select(bytes => $"{bytes / 1024} KiB")));
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        byte[] bytes = (byte[])seed.Clone();
        int changes = 1 << random.Next(5);
        for (int change = 0; change < changes; change++)
        {
            // Half of the changes hit the boxes and headers at the ends, which decide most.
            int at = random.Next(3) switch
            {
                0 => random.Next(Math.Min(bytes.Length, 2048)),
                1 => bytes.Length - 1 - random.Next(Math.Min(bytes.Length, 2048)),
                _ => random.Next(bytes.Length),
            };
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.AsSpan(at, Math.Min(4, bytes.Length - at)).Fill((byte)(random.Next(2) * 255));
                    break;
                case 3:
                    random.NextBytes(bytes.AsSpan(at, Math.Min(random.Next(1, 64), bytes.Length - at)));
                    break;
                case 4:
                    int from = random.Next(bytes.Length);
                    int length = Math.Min(random.Next(1, 200), bytes.Length - Math.Max(at, from));
                    bytes.AsSpan(from, length).CopyTo(bytes.AsSpan(at));
                    break;
                default:
                    if (random.Next(8) == 0)
                    {
                        bytes = bytes[..Math.Max(1, at)];
                    }

                    break;
            }
        }

        return bytes;
    }

    private static long ResidentBytes()
    {
        using Process self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
