using Avion.Testing;

namespace Avion.Video.Tests;

/// <summary>A frame that training would get wrong is found, whatever makes it wrong.</summary>
public sealed class RandomReadsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reading_that_is_right_is_no_problem_and_the_frames_repeat()
    {
        (VideoInfo info, ulong[] pictures) = Video();
        List<int> first = [];
        List<int> second = [];
        Assert.Null(new RandomReads(40, 7).Check("x", info, pictures, frame => Note(first, frame, pictures[frame])));
        Assert.Null(new RandomReads(40, 7).Check("x", info, pictures, frame => Note(second, frame, pictures[frame])));
        Assert.Equal(40, first.Count);
        Assert.Equal(first, second);
        List<int> other = [];
        Assert.Null(new RandomReads(40, 8).Check("x", info, pictures, frame => Note(other, frame, pictures[frame])));
        Assert.NotEqual(first, other);
        Assert.True(first.Distinct().Count() > 15);
    }

    [Theory]
    [InlineData("the frame after", "is the picture of frame")]
    [InlineData("grey", "is a picture that the video does not show")]
    [InlineData("an error", "cannot be read alone")]
    public void Reading_that_is_wrong_is_found(string fault, string words)
    {
        (VideoInfo info, ulong[] pictures) = Video();
        Problem problem = new RandomReads(8, 1).Check("x", info, pictures, frame => fault switch
        {
            "the frame after" => pictures[Math.Min(frame + 1, pictures.Length - 1)],
            "grey" => 12345,
            _ => throw new VideoException(VideoErrorKind.Corrupt, "x", "no picture comes out"),
        })!;
        Assert.Contains(words, problem.Detail);
        Assert.Equal(fault == "an error" ? ProblemKind.Corrupt : ProblemKind.WrongPicture, problem.Kind);
        Assert.NotNull(problem.TimeSeconds);
    }

    [Fact]
    public void Frames_that_are_wrong_only_near_keyframes_are_found_by_few_reads()
    {
        (VideoInfo info, ulong[] pictures) = Video();
        int found = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            // Two frames in thirty: those before the second keyframe, as in an open group of pictures.
            found += new RandomReads(8, seed).Check("x", info, pictures, frame =>
                frame is 28 or 29 ? 1 : pictures[frame]) is null ? 0 : 1;
        }

        Assert.InRange(found, 40, 100);
    }

    [Fact]
    public void An_index_that_names_another_picture_is_found_by_verifying_and_by_nothing_else()
    {
        string path = CounterVideo.Make(_folder.File("tree", "x.mp4"), frames: 40, rate: "10");
        Assert.Empty(Verify(reads: 20).Problems);
        VideoInfo info = ContainerIndex.Read(path);
        int[] swapped = [.. info.Index.SampleOfFrame];
        for (int frame = 0; frame + 1 < swapped.Length; frame += 2)
        {
            (swapped[frame], swapped[frame + 1]) = (swapped[frame + 1], swapped[frame]);
        }

        IndexRecord honest = IndexRecord.Describe("x.mp4", info.Source, info.Index, withChecksum: true);
        using (IndexFileWriter writer = new(_folder.File("tree", IndexFile.NameInFolder)))
        {
            writer.Add(honest with { Index = WithFrames(info.Index, swapped) });
            writer.Complete();
        }

        Assert.Empty(Verify(reads: 0).Problems);
        Problem problem = Assert.Single(Verify(reads: 8).Problems);
        Assert.Equal((ProblemKind.WrongPicture, path), (problem.Kind, problem.Path));
    }

    private static ulong Note(List<int> frames, int frame, ulong digest)
    {
        frames.Add(frame);
        return digest;
    }

    private static VideoIndex WithFrames(VideoIndex index, int[] sampleOfFrame)
    {
        // Times go with the frames, so that nothing but the pictures is wrong.
        long[] timestamps = [.. index.Timestamps];
        for (int frame = 0; frame < sampleOfFrame.Length; frame++)
        {
            timestamps[sampleOfFrame[frame]] = index.Timestamps[index.SampleOfFrame[frame]];
        }

        return new VideoIndex
        {
            Road = index.Road, Decoder = index.Decoder, CodecName = index.CodecName,
            CodedWidth = index.CodedWidth, CodedHeight = index.CodedHeight, TimeBaseNumerator = index.TimeBaseNumerator,
            TimeBaseDenominator = index.TimeBaseDenominator, Offsets = index.Offsets, Sizes = index.Sizes, Timestamps = timestamps,
            SampleOfFrame = sampleOfFrame, Keyframes = index.Keyframes, LastFrameTicks = index.LastFrameTicks,
            SourceLength = index.SourceLength,
        };
    }

    private static (VideoInfo Info, ulong[] Pictures) Video()
    {
        string path = TestVideos.Make("random-reads.mp4", "-c:v libx264 -preset ultrafast -g 30", frames: 90);
        return (ContainerIndex.Read(path), [.. Enumerable.Range(0, 90).Select(frame => 1000 + (ulong)frame)]);
    }

    private VerifyReport Verify(int reads) =>
        new TreeVerification(new VerifyOptions { Jobs = 1, Reads = reads }).Run(_folder.File("tree"));
}
