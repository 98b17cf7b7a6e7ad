namespace Avion.Training.Tests;

public sealed class UnitVectorsTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(4, 16)]
    [InlineData(11, 37)]
    public void Cosines_of_rows_are_those_of_double_precision_and_of_each_row_alone(int rows, int size)
    {
        Random random = new(2);
        float[] a = [.. Enumerable.Range(0, rows * size).Select(_ => random.NextSingle() - 0.5f)];
        float[] b = [.. Enumerable.Range(0, 6 * size).Select(_ => random.NextSingle() - 0.5f)];
        UnitVectors.Normalize(a, size);
        UnitVectors.Normalize(b, size);
        float[] all = UnitVectors.Cosines(a, rows, b, 6, size);
        for (int i = 0; i < rows; i++)
        {
            // A row that is alone in its block is summed another way, to the same bits.
            Assert.Equal(UnitVectors.Cosines(a[(i * size)..((i + 1) * size)], 1, b, 6, size), all[(i * 6)..((i + 1) * 6)]);
            for (int j = 0; j < 6; j++)
            {
                double expected = Enumerable.Range(0, size).Sum(e => (double)a[(i * size) + e] * b[(j * size) + e]);
                Assert.Equal(expected, all[(i * 6) + j], 1e-6);
            }
        }
    }
}
