namespace Avion.Compute.Tests;

/// <summary>What goes into a transformer, against small examples worked out by hand.</summary>
public sealed class TokenInputTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Patches_come_in_the_order_of_a_flattened_convolution(bool mirror)
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);

        // Two frames of three channels of 2 × 4 pixels; the value of a pixel is its place in memory.
        Tensor pixels = tape.Allocate(new Shape(1, 2, 3, 2, 4), ElementType.UInt8),
            mirrored = tape.Allocate(new Shape(1), ElementType.UInt8);
        device.Upload([.. Enumerable.Range(0, 48).Select(place => (byte)place)], pixels);
        device.Upload([(byte)(mirror ? 1 : 0)], mirrored);
        Tensor patches = tape.Patchify(pixels, VideoNormalization.None, patchSize: 2, mirrored);
        Assert.Equal(new Shape(4, 12), patches.Shape);
        float[] actual = Read(device, patches);
        float[] left = [0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21];
        float[] expected = mirror ? [3, 2, 7, 6, 11, 10, 15, 14, 19, 18, 23, 22] : left;
        Assert.Equal(expected, actual[..12]);
        Assert.Equal([.. expected.Select(value => value + 24)], actual[24..36]);

        // A tubelet of both frames: channel, frame, row, column.
        Tensor tubelets = tape.PatchifyTubelets(pixels, VideoNormalization.None, patchSize: 2, tubeletFrames: 2);
        Assert.Equal(new Shape(2, 24), tubelets.Shape);
        Assert.Equal([0, 1, 4, 5, 24, 25, 28, 29, 8, 9, 12, 13, 32, 33, 36, 37, 16, 17, 20, 21, 40, 41, 44, 45],
            Read(device, tubelets)[..24]);
    }

    [Fact]
    public void Pixels_are_normalized_by_channel()
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);
        Tensor pixels = tape.Allocate(new Shape(1, 1, 3, 1, 1), ElementType.UInt8);
        device.Upload([(byte)10, (byte)20, (byte)255], pixels);
        Assert.Equal([2f, -4f, 10f], Read(device, tape.Patchify(pixels, new VideoNormalization(4, 40, 55, 3, 5, 20), patchSize: 1)));
    }

    [Fact]
    public void Patches_that_do_not_fill_the_clip_are_refused()
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);
        Tensor pixels = tape.Allocate(new Shape(1, 3, 3, 6, 8), ElementType.UInt8);
        Assert.Contains("4 × 4 do not fill clips of 3 × 6 × 8", Assert.Throws<ArgumentException>(() =>
            tape.Patchify(pixels, VideoNormalization.None, patchSize: 4)).Message);
        Assert.Throws<ArgumentException>(() => tape.PatchifyTubelets(pixels, VideoNormalization.None, patchSize: 2, tubeletFrames: 2));
    }

    [Fact]
    public void Video_tokens_add_position_of_the_patch_and_time_of_the_frame()
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);
        using ParameterStore store = new();
        Parameter classToken = store.Add("class", new Shape(1)), positions = store.Add("positions", new Shape(3, 1)),
            time = store.Add("time", new Shape(2, 1));
        store.Allocate(device);
        device.Upload([1000f], classToken.Value);
        device.Upload([100f, 200f, 300f], positions.Value);
        device.Upload([10f, 20f], time.Value);
        Tensor patches = tape.Allocate(new Shape(8, 1));
        device.Upload([1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f], patches);
        Tensor tokens = tape.VideoTokens(patches, classToken, positions, time, clipCount: 2, timeCount: 2, patchCount: 2);
        Assert.Equal([1100f, 211f, 312f, 223f, 324f, 1100f, 215f, 316f, 227f, 328f], Read(device, tokens));
    }

    [Fact]
    public void Sinusoid_positions_match_published_values()
    {
        float[] table = new float[6 * 8];
        SinusoidPositions.Fill(6, 8, table);
        float[] first = [0, 1, 0, 1, 0, 1, 0, 1];
        float[] second = [0.8414709568f, 0.5403022766f, 0.0998334140f, 0.9950041771f, 0.0099998331f, 0.9999499917f, 0.0009999998f,
            0.9999995232f];
        Assert.Equal(first, table[..8]);
        Assert.Equal(second, table[8..16]);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-1)]
    public void Token_outside_the_table_is_named(int id)
    {
        using CpuDevice device = new(2);
        using Tape tape = new(device);
        using ParameterStore store = new();
        Parameter table = store.Add("table", new Shape(5, 3));
        store.Allocate(device);
        Tensor ids = tape.Allocate(new Shape(3), ElementType.Int32);
        device.Upload([4, 0, id], ids);
        Assert.Contains($"number {id} at place 2 names no row; expected 0 to 4",
            Assert.Throws<ArgumentException>(() => tape.Embed(table, ids)).Message);
    }

    [Fact]
    public unsafe void Sequence_longer_than_the_position_table_is_refused()
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);
        int* offsets = stackalloc int[] { 0, 2, 6 };
        Assert.Contains("a sequence has 4 tokens, but there are positions for 3", Assert.Throws<ArgumentException>(() =>
            tape.AddPositions(tape.Allocate(new Shape(6, 2)), tape.Allocate(new Shape(3, 2)), new SequenceOffsets(offsets, 2))).Message);
    }

    [Fact]
    public void Rows_of_zeros_stay_zero_when_normalized()
    {
        using CpuDevice device = new(1);
        using Tape tape = new(device);
        Tensor x = tape.Allocate(new Shape(2, 2));
        device.Upload([0f, 0f, 3f, -4f], x);
        Assert.Equal([0f, 0f, 0.6f, -0.8f], Read(device, tape.NormalizeRows(x)), (a, b) => Math.Abs(a - b) < 1e-6f);
    }

    private static float[] Read(Device device, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        device.Download(tensor, values);
        return values;
    }
}
