using System.Buffers.Binary;
using Avion.Testing;

namespace Avion.Video.Tests;

/// <summary>Whatever the bytes of a video, an index or a manifest say, the work on their tree comes to its end, and soon.</summary>
public sealed class MutatedTreeTests : IDisposable
{
    private const int Rounds = 40;
    private readonly TemporaryFolder _folder = new();
    private readonly int _seed = Environment.TickCount;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mutated_movie_boxes_end_nothing()
    {
        byte[] whole = File.ReadAllBytes(TestVideos.Make("mutate.mp4", "-c:v libx264 -preset ultrafast -g 10 -movflags +faststart", frames: 20));
        int boxes = whole.AsSpan().IndexOf("mdat"u8);
        Repeat((random, _) => File.WriteAllBytes(Tree("x.mp4"), Mutate(whole, 0, boxes, random)));
    }

    [Theory]
    [InlineData("mutate.mp4")]
    [InlineData("mutate.mkv")]
    public void Mutated_records_of_an_index_with_right_sums_end_nothing(string name)
    {
        string video = TestVideos.Make(name, "-c:v libx264 -preset ultrafast -g 10 -movflags +faststart", frames: 20);
        File.Copy(video, Tree(name));
        TreeIndexing.Run(Tree(), withChecksums: false, isForced: false, jobs: 1);
        byte[] whole = File.ReadAllBytes(Tree(IndexFile.NameInFolder));
        const int record = IndexFile.HeaderBytes + 8;
        int length = BinaryPrimitives.ReadInt32LittleEndian(whole.AsSpan(IndexFile.HeaderBytes));
        Repeat((random, _) =>
        {
            byte[] mutated = Mutate(whole, record, record + length, random);
            BinaryPrimitives.WriteUInt32LittleEndian(
                mutated.AsSpan(IndexFile.HeaderBytes + 4), IndexRecord.ChecksumOf(mutated.AsSpan(record, length)));
            File.WriteAllBytes(Tree(IndexFile.NameInFolder), mutated);
        });
    }

    [Fact]
    public void Mutated_manifests_end_nothing()
    {
        File.Copy(TestVideos.Make("mutate.mp4", "-c:v libx264 -preset ultrafast -g 10 -movflags +faststart", frames: 20), Tree("0.mp4"));
        byte[] whole = Encoding.UTF8.GetBytes(ManifestOf(1));
        string[] lies = ["2147483647", "-1", "null", "1e400", "\"\"", "[[[[", "\"..\"", "1048576"];
        Repeat((random, round) => File.WriteAllBytes(Tree(ChunkManifest.FileName), round % 2 == 0
            ? Mutate(whole, 0, whole.Length, random)
            : Encoding.UTF8.GetBytes(ManifestOf(1).Replace(": 1", ": " + lies[random.Next(lies.Length)], StringComparison.Ordinal))));
    }

    [Fact]
    public void A_manifest_that_promises_the_impossible_is_named_at_once()
    {
        File.Copy(TestVideos.Make("mutate.mp4", "-c:v libx264 -preset ultrafast -g 10 -movflags +faststart", frames: 20), Tree("0.mp4"));
        File.WriteAllText(Tree(ChunkManifest.FileName), ManifestOf(int.MaxValue));
        long before = GC.GetTotalAllocatedBytes();
        Problem problem = Assert.Single(Verify().Problems);
        Assert.Contains("promises 2147483647 chunks", problem.Detail);
        File.WriteAllText(Tree(ChunkManifest.FileName), ManifestOf(1 << 20));
        VerifyReport many = Verify();
        Assert.Equal(101, many.Problems.Count);
        Assert.Contains(many.Problems, missing => missing.Detail.StartsWith("1048475 further files", StringComparison.Ordinal));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1L << 30);
    }

    [Fact]
    public void An_index_without_the_times_that_its_road_needs_is_damaged_and_training_does_without_it()
    {
        string path = Tree("x.mkv");
        File.Copy(TestVideos.Make("mutate.mkv", "-c:v libx264 -preset ultrafast -g 10 -movflags +faststart", frames: 20), path);
        VideoInfo info = ContainerIndex.Read(path);
        VideoIndex index = info.Index;
        using (IndexFileWriter writer = new(Tree(IndexFile.NameInFolder)))
        {
            writer.Add(IndexRecord.Describe("x.mkv", info.Source, new VideoIndex
            {
                Road = index.Road, Decoder = index.Decoder, CodecName = index.CodecName, CodedWidth = index.CodedWidth,
                CodedHeight = index.CodedHeight, TimeBaseNumerator = index.TimeBaseNumerator, TimeBaseDenominator = index.TimeBaseDenominator,
                Offsets = index.Offsets, Sizes = index.Sizes, Timestamps = index.Timestamps, SampleOfFrame = index.SampleOfFrame,
                Keyframes = index.Keyframes, LastFrameTicks = index.LastFrameTicks, SourceLength = index.SourceLength,
            }, withChecksum: false));
            writer.Complete();
        }

        Assert.Equal(ProblemKind.StaleIndex, Assert.Single(Verify().Problems).Kind);
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache() });
        VideoInfo opened = reader.GetInfo(path);
        byte[] pixels = new byte[3 * 32 * 32];
        reader.Read(opened, [19], FrameTransform.Whole(opened, 32, 32), pixels);
        Assert.Contains(pixels, value => value > 0);
    }

    private static string ManifestOf(int chunks) =>
        $$"""
        { "source": "a.mp4", "source_bytes": 1, "source_modified": "2026-01-01T00:00:00Z", "settings": "recipe 2", "chunk_seconds": 1,
          "frames_per_second": "30", "width": 1, "height": 1, "chunks": {{chunks}}, "frames": 1, "duration_seconds": 1, "bytes": 1 }
        """;

    private static byte[] Mutate(byte[] whole, int from, int to, Random random)
    {
        byte[] mutated = [.. whole];
        byte[] values = [0, 1, 0x7F, 0x80, 0xFF, (byte)random.Next(256)];
        for (int change = random.Next(1, 6); change > 0; change--)
        {
            mutated[random.Next(from, to)] = values[random.Next(values.Length)];
        }

        return mutated;
    }

    /// <summary>Describes, verifies, indexes and reads the tree after each change; only a reader may refuse, and only with its own words.</summary>
    private void Repeat(Action<Random, int> change)
    {
        Random random = new(_seed);
        for (int round = 0; round < Rounds; round++)
        {
            change(random, round);
            try
            {
                TreeDescription.DescribeTree(Tree(), jobs: 1);
                Verify();
                foreach (string video in Directory.GetFiles(Tree(), "*.m*"))
                {
                    Read(video, random);
                }

                TreeIndexing.Run(Tree(), withChecksums: false, isForced: false, jobs: 1);
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {_seed}, round {round}: {exception}");
            }
        }
    }

    private static void Read(string path, Random random)
    {
        using ClipReader reader = new(new ClipReaderOptions { Cache = new VideoInfoCache(), DeadlineSeconds = 10, IndexDeadlineSeconds = 10 });
        try
        {
            VideoInfo info = reader.GetInfo(path);
            reader.Read(info, [random.Next(info.FrameCount)], FrameTransform.Whole(info, 32, 32), new byte[3 * 32 * 32]);
        }
        catch (VideoException)
        {
        }
    }

    private VerifyReport Verify() =>
        new TreeVerification(new VerifyOptions { Jobs = 1, Reads = 3, DeadlineSeconds = 10 }).Run(Tree());

    private string Tree(params string[] parts)
    {
        Directory.CreateDirectory(_folder.File("tree"));
        return _folder.File(["tree", .. parts]);
    }
}
