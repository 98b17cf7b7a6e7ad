using System.Reflection;

namespace Avion.Video.Tests;

public sealed class IndexFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_record_comes_back_with_every_field()
    {
        IndexRecord written = Record("15.mp4", seed: 3, decodeTimes: true);
        IndexRecord read = WriteAndFind([written], "15.mp4")!;
        foreach (PropertyInfo property in typeof(VideoIndex).GetProperties())
        {
            Assert.Equal(property.GetValue(written.Index), property.GetValue(read.Index));
        }

        Assert.Equal(written with { Index = read.Index }, read);
    }

    [Fact]
    public void Each_of_a_thousand_videos_is_found_by_name_and_no_other()
    {
        List<IndexRecord> records = [.. Enumerable.Range(0, 1000).Select(index => Record($"{index * 15}.mp4", index, decodeTimes: false))];
        string path = Write(records);
        using IndexFile file = IndexFile.Open(path);
        Assert.Equal(records.Select(record => record.Name), file.ReadAll().Select(record => record.Name));
        foreach (IndexRecord record in records)
        {
            Assert.Equal(record.Index.Timestamps, file.Find(record.Name)!.Index.Timestamps);
        }

        Assert.Null(file.Find("7.mp4"));
    }

    [Fact]
    public void An_index_without_videos_is_valid()
    {
        using IndexFile file = IndexFile.Open(Write([]));
        Assert.Empty(file.ReadAll());
        Assert.Null(file.Find("0.mp4"));
    }

    [Fact]
    public void A_frame_of_an_even_stream_costs_less_than_eight_bytes()
    {
        string path = Write([Record("0.mp4", 1, decodeTimes: false, samples: 10_000)]);
        Assert.InRange(new FileInfo(path).Length, 1, 8 * 10_000);
    }

    [Fact]
    public void Any_flipped_byte_is_noticed()
    {
        byte[] sound = File.ReadAllBytes(Write([Record("0.mp4", 1, decodeTimes: true, samples: 20),
            Record("15.mp4", 2, decodeTimes: false, samples: 20)]));
        string path = _folder.File("damaged.avidx");
        for (int position = 0; position < sound.Length; position++)
        {
            byte[] damaged = [.. sound];
            damaged[position] ^= 0x41;
            File.WriteAllBytes(path, damaged);
            try
            {
                using IndexFile file = IndexFile.Open(path);
                IndexRecord? found = file.Find("15.mp4");
                // A flip in the directory hides a name; a flip elsewhere leaves the other record whole.
                Assert.True(found is null || found.Index.FrameCount == 20, $"byte {position}");
                Assert.True(found is null || file.ReadAll().Count() == 2 || IsHeaderPadding(position), $"byte {position}");
            }
            catch (InvalidDataException exception)
            {
                Assert.Contains(path, exception.Message, StringComparison.Ordinal);
            }
        }

        static bool IsHeaderPadding(int position) => position is >= 12 and < 16;
    }

    [Fact]
    public void Any_truncation_is_noticed()
    {
        byte[] sound = File.ReadAllBytes(Write([Record("0.mp4", 1, decodeTimes: false, samples: 20)]));
        string path = _folder.File("short.avidx");
        for (int length = 0; length < sound.Length; length++)
        {
            File.WriteAllBytes(path, sound[..length]);
            Assert.Throws<InvalidDataException>(() => IndexFile.Open(path).Dispose());
        }
    }

    [Fact]
    public void A_record_of_random_bytes_never_does_more_than_contradict_itself()
    {
        Random random = new(7);
        for (int trial = 0; trial < 20_000; trial++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            // Small numbers get further into the record than random ones.
            for (int index = 0; index < bytes.Length && trial % 2 == 0; index++)
            {
                bytes[index] &= 3;
            }

            Assert.True(Xunit.Record.Exception(() => IndexRecordFormat.Read(bytes)) is null or InvalidDataException);
        }
    }

    [Fact]
    public void A_record_of_this_version_is_read_as_it_was_written_down()
    {
        // Whoever has to change these bytes has to raise IndexFile.Version.
        const string bytes =
            "0631352E6D70340083C1028380CCB5EAB3A8ED08EFFDB6F50D0103013604683236343BE1EC8D8B03050164001FFF000000" +
            "0000018004A0025A01018078800804040101020000EF2D00FF07FF0FFF6C008020800893870100FF0F8008821F00800880" +
            "080002000500";
        IndexRecord expected = Record("15.mp4", seed: 3, decodeTimes: true, samples: 4);
        IndexRecord read = IndexRecordFormat.Read(Convert.FromHexString(bytes));
        foreach (PropertyInfo property in typeof(VideoIndex).GetProperties())
        {
            Assert.Equal(property.GetValue(expected.Index), property.GetValue(read.Index));
        }

        Assert.Equal(expected with { Index = read.Index }, read);
    }

    [Fact]
    public void An_index_of_another_version_is_refused_in_a_sentence_and_not_used()
    {
        string video = _folder.File("0.mp4");
        File.WriteAllBytes(video, new byte[100]);
        string path = Write([Record("0.mp4", 1, decodeTimes: false)]);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[8] = IndexFile.Version - 1;
        File.WriteAllBytes(path, bytes);
        string message = Assert.Throws<InvalidDataException>(() => IndexFile.Open(path)).Message;
        Assert.Contains($"it has version {IndexFile.Version - 1}, expected {IndexFile.Version}", message, StringComparison.Ordinal);
        Assert.Contains("avion data index", message, StringComparison.Ordinal);
        Assert.Null(IndexFile.TryFind(new VideoSource(video)));
        Assert.Null(IndexFile.TryParseSingle(bytes));
    }

    [Fact]
    public void A_replaced_video_makes_its_record_stale_and_a_copied_one_does_not()
    {
        string video = _folder.File("0.mp4");
        byte[] bytes = [.. Enumerable.Range(0, 20_000).Select(value => (byte)(value * 7))];
        File.WriteAllBytes(video, bytes);
        VideoSource source = new(video);
        VideoIndex index = Record("0.mp4", 1, decodeTimes: false).Index;
        IndexRecord record = IndexRecord.Describe("0.mp4", source, index, withChecksum: true);
        Assert.True(record.IsCurrent(source));

        File.SetLastWriteTimeUtc(video, DateTime.UtcNow.AddDays(-3));
        Assert.True(record.IsCurrent(source), "the same bytes with another time");

        bytes[19_999] ^= 1;
        File.WriteAllBytes(video, bytes);
        Assert.False(record.IsCurrent(source), "another last byte");

        File.WriteAllBytes(video, bytes[..19_000]);
        Assert.False(record.IsCurrent(source), "another length");
    }

    [Fact]
    public void The_checksum_is_the_published_crc32c()
    {
        // RFC 3720, appendix B.4.
        Assert.Equal(0x8A9136AAu, IndexRecord.ChecksumOf(new byte[32]));
        Assert.Equal(0x46DD794Eu, IndexRecord.ChecksumOf([.. Enumerable.Range(0, 32).Select(value => (byte)value)]));
    }

    [Fact]
    public void Without_complete_nothing_remains()
    {
        string path = _folder.File(IndexFile.NameInFolder);
        using (IndexFileWriter writer = new(path))
        {
            writer.Add(Record("0.mp4", 1, decodeTimes: false));
        }

        Assert.Empty(Directory.GetFiles(_folder.FullName));
    }

    private IndexRecord? WriteAndFind(IEnumerable<IndexRecord> records, string name)
    {
        using IndexFile file = IndexFile.Open(Write(records));
        return file.Find(name);
    }

    private string Write(IEnumerable<IndexRecord> records)
    {
        string path = _folder.File(IndexFile.NameInFolder);
        using IndexFileWriter writer = new(path);
        foreach (IndexRecord record in records)
        {
            writer.Add(record);
        }

        writer.Complete();
        return path;
    }

    /// <summary>A stream with B-frames: decode order 0 3 1 2 6 4 5 …, a keyframe every ten samples.</summary>
    private static IndexRecord Record(string name, int seed, bool decodeTimes, int samples = 45)
    {
        Random random = new(seed);
        int[] sizes = [.. Enumerable.Range(0, samples).Select(_ => random.Next(1, 20_000))];
        long[] offsets = new long[samples];
        for (int sample = 1; sample < samples; sample++)
        {
            offsets[sample] = offsets[sample - 1] + sizes[sample - 1] + (sample % 7 == 0 ? 100 : 0);
        }

        long[] timestamps = [.. Enumerable.Range(0, samples).Select(sample => 512L * (sample + (sample % 3 == 1 ? 2 : -1)))];
        return new IndexRecord(name, 0, offsets[^1] + sizes[^1], 638_000_000_000_000_000 + seed, 0xDEADBEEF, (uint)seed, new VideoIndex
        {
            Road = decodeTimes ? Road.General : Road.Indexed,
            Decoder = new DecoderParameters(CodecIds.H264, 0x31637661, [1, 100, 0, 31, 255]),
            CodecName = "h264",
            TemporalLayers = 1,
            CodedWidth = 512,
            CodedHeight = 288,
            Orientation = new Orientation(90, IsMirrored: true),
            LookAheadSamples = 2,
            TimeBaseNumerator = 1,
            TimeBaseDenominator = 15360,
            Offsets = offsets,
            Sizes = sizes,
            Timestamps = timestamps,
            DecodeTimestamps = decodeTimes ? [.. Enumerable.Range(0, samples).Select(sample => 512L * (sample - 2))] : [],
            SampleOfFrame = [.. Enumerable.Range(0, samples).OrderBy(sample => timestamps[sample])],
            Keyframes = [.. Enumerable.Range(0, samples).Where(sample => sample % 10 == 0)],
            LastFrameTicks = 512,
            SourceLength = offsets[^1] + sizes[^1],
        });
    }
}
