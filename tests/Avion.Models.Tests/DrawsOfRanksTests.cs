namespace Avion.Models.Tests;

/// <summary>What is drawn at random for a sample is the same for any number of ranks.</summary>
public sealed class DrawsOfRanksTests
{
    private const int SampleCount = 12, Columns = 5, Length = 3;

    private static readonly StepContext s_step = new() { Seed = 7, Step = 40, Epoch = 3, StepInEpoch = 4, IsTraining = true };

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Dropout_and_drop_path_draw_the_same_for_the_samples_of_each_rank(int rankCount)
    {
        using CpuDevice device = new(2);
        float[][] elements = Dropped(device, s_step, SampleCount, ofSequences: false), paths = Dropped(device, s_step, SampleCount, true);
        Assert.Contains(elements, sample => sample.Distinct().Count() == 2);
        Assert.Equal(2, paths.Select(sample => sample[0]).Distinct().Count());
        for (int rank = 0; rank < rankCount; rank++)
        {
            StepContext step = s_step with { Communicator = new PlanningRank(rank, rankCount) };
            int own = SampleCount / rankCount, first = rank;
            Assert.Equal(Every(elements, first, rankCount), Dropped(device, step, own, ofSequences: false));
            Assert.Equal(Every(paths, first, rankCount), Dropped(device, step, own, ofSequences: true));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_dual_encoder_encodes_each_clip_as_one_rank_does_with_patches_and_paths_dropped(int rankCount)
    {
        using CpuDevice device = new(1);
        VisionConfig vision = SmallModel.Config.Vision with { PatchDropoutRate = 0.4f, DropPathRate = 0.4f };
        using DualEncoder model = DualEncoder.Create(SmallModel.Config with { Vision = vision }, device, seed: 1);
        byte[][] clips = [.. Enumerable.Range(0, 8).Select(number => Clip(vision, number))];
        float[][] whole = Encode(model, s_step, clips);
        Assert.NotEqual(whole, Encode(model, s_step with { StepInEpoch = 5 }, clips));
        for (int rank = 0; rank < rankCount; rank++)
        {
            StepContext step = s_step with { Communicator = new PlanningRank(rank, rankCount) };
            Assert.Equal(Every(whole, rank, rankCount), Encode(model, step, Every(clips, rank, rankCount)));
        }
    }

    [Fact]
    public void Samples_are_numbered_in_turn_over_the_ranks_and_on_over_the_parts_of_a_step()
    {
        StepContext second = s_step with { Communicator = new PlanningRank(1, 3), SamplesBefore = 4 };
        Assert.Equal([13L, 16L, 19L], Enumerable.Range(0, 3).Select(second.SampleNumber));
        Assert.Equal((0, 1, 5L), (s_step.Rank, s_step.RankCount, s_step.SampleNumber(5)));
    }

    private static T[] Every<T>(T[] samples, int first, int stride) => [.. samples.Where((_, number) => number % stride == first)];

    /// <summary>Ones after dropping, by sample: a row each, or a sequence of rows.</summary>
    private static float[][] Dropped(Device device, in StepContext step, int samples, bool ofSequences)
    {
        using Tape tape = new(device);
        tape.Begin(step);
        int rows = ofSequences ? samples * Length : samples;
        Tensor x = tape.Allocate(new Shape(rows, Columns));
        device.Fill(x, 1);
        using ClipOffsets offsets = new(Length);
        DropKey key = DropKey.For(tape, place: 9);
        Tensor y = ofSequences ? tape.DropPath(x, offsets.For(device, samples), 0.5f, key) : tape.Dropout(x, 0.5f, key);
        float[] values = new float[rows * Columns];
        device.Download(y, values);
        return [.. values.Chunk(values.Length / samples)];
    }

    private static float[][] Encode(DualEncoder model, in StepContext step, byte[][] clips)
    {
        VisionConfig vision = model.Config.Vision;
        using Tape tape = new(model.Device);
        tape.Begin(step);
        Tensor pixels = tape.Allocate(
            new Shape(clips.Length, vision.FrameCount, 3, vision.ImageSize, vision.ImageSize), ElementType.UInt8);
        model.Device.Upload(clips.SelectMany(clip => clip).ToArray(), pixels);
        Tensor encoded = model.EncodeVideo(tape, pixels);
        float[] values = new float[encoded.Count];
        model.Device.Download(encoded, values);
        return [.. values.Chunk(model.Config.EmbeddingSize)];
    }

    private static byte[] Clip(VisionConfig vision, int number)
    {
        byte[] pixels = new byte[vision.FrameCount * 3 * vision.ImageSize * vision.ImageSize];
        new Random(number).NextBytes(pixels);
        return pixels;
    }
}
