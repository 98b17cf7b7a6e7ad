namespace Avion.Compute.Tests;

public sealed class MatrixProductTests
{
    public static TheoryData<bool, bool, int, int, int> Shapes => new()
    {
        { false, true, 1, 1, 1 },
        { false, true, 785, 790, 33 },
        { false, false, 801, 200, 65 },
        { true, false, 192, 192, 401 },
        { false, true, 77, 1600, 20 },
        { false, true, 0, 5, 5 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Tiles_together_are_the_product(bool transposeA, bool transposeB, int m, int n, int k)
    {
        using CpuDevice device = new(2, MatrixLibraries.Managed);
        new MatrixExample(transposeA, transposeB, m, n, k).CheckTiled(device, accumulate: false);
        new MatrixExample(transposeA, transposeB, m, n, k).CheckTiled(device, accumulate: true);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Result_is_the_same_to_the_last_bit_for_any_number_of_threads(bool transposeA, bool transposeB, int m, int n, int k)
    {
        float[][] results = [.. ((int[])[1, 2, 5]).Select(threads =>
        {
            using CpuDevice device = new(threads);
            MatrixExample example = new(transposeA, transposeB, m, n, k);
            example.MultiplyTiled(device, accumulate: true);
            return example.C;
        })];
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
    }

    [Fact]
    public void Several_threads_may_call_one_device()
    {
        using CpuDevice device = new(3);
        MatrixExample example = new(false, true, 400, 400, 50);
        example.MultiplyTiled(device, accumulate: false);
        float[] expected = [.. example.Inner(example.C)];
        Parallel.For(0, 50, _ =>
        {
            MatrixExample own = example.WithOwnTarget();
            own.MultiplyTiled(device, accumulate: false);
            Assert.Equal(expected, own.Inner(own.C));
        });
    }

    [Theory]
    [InlineData(1570, 2304, 768)]
    [InlineData(4640, 192, 768)]
    [InlineData(145, 145, 64)]
    [InlineData(1, 1, 1)]
    [InlineData(100_000, 10, 10)]
    public void Tiles_cover_the_matrix_once(int m, int n, int k)
    {
        (int rowTiles, int columnTiles) = MatrixTiles.For(false, m, n, k);
        foreach ((int extent, int tiles) in (ReadOnlySpan<(int, int)>)[(m, rowTiles), (n, columnTiles)])
        {
            int next = 0;
            for (int tile = 0; tile < tiles; tile++)
            {
                (int first, int count) = MatrixTiles.Part(tile, tiles, extent);
                Assert.Equal(next, first);
                next = first + count;
            }

            Assert.Equal(extent, next);
        }
    }
}
