namespace Avion.Compute.Tests;

/// <summary>Products of bfloat16 on the processor: sums of float32, rounded once.</summary>
public sealed unsafe class BFloat16ProductTests
{
    // What float32 sums of a few hundred terms of magnitude below 1 may be off.
    private const double SumError = 2e-5;

    // More rows and columns than one tile has.
    private const int M = 801, N = 407, K = 150;

    public static TheoryData<string, bool, ElementType?, bool, ElementType> Kinds
    {
        get
        {
            TheoryData<string, bool, ElementType?, bool, ElementType> kinds = [];
            foreach (string library in (string[])["onednn", "managed"])
            {
                foreach (ElementType result in (ElementType[])[ElementType.BFloat16, ElementType.Float32])
                {
                    kinds.Add(library, false, null, false, result);
                    kinds.Add(library, true, null, true, result);
                    kinds.Add(library, true, ElementType.Float32, false, result);
                    kinds.Add(library, false, ElementType.BFloat16, false, result);
                }
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Result_is_the_rounded_sum(string library, bool transposes, ElementType? biasType, bool accumulates, ElementType resultType)
    {
        using CpuDevice device = Open(library);
        using Memory a = new(device, transposes ? new Shape(K, M) : new Shape(M, K), ElementType.BFloat16, seed: 1);
        using Memory b = new(device, transposes ? new Shape(N, K) : new Shape(K, N), ElementType.BFloat16, seed: 2);
        using Memory bias = new(device, new Shape(N), biasType ?? ElementType.Float32, seed: 3);
        using Memory c = new(device, new Shape(M, N), resultType, seed: 4);
        double[] before = c.Read();
        MatrixMultiply.Run(device, a.Tensor, transposes, b.Tensor, transposes, biasType is null ? default : bias.Tensor, accumulates, c.Tensor);
        double[] left = a.Read(), right = b.Read(), added = bias.Read(), actual = c.Read();
        for (int i = 0; i < M; i += 7)
        {
            for (int j = 0; j < N; j++)
            {
                int at = (i * N) + j;
                double sum = (biasType is null ? 0 : added[j]) + (accumulates ? before[at] : 0);
                for (int p = 0; p < K; p++)
                {
                    sum += left[transposes ? (p * M) + i : (i * K) + p] * right[transposes ? (j * K) + p : (p * N) + j];
                }

                double rounding = resultType == ElementType.BFloat16 ? HalfBit(sum) : 0;
                Assert.True(Math.Abs(actual[at] - sum) <= rounding + SumError, $"at {i}, {j}: got {actual[at]}, expected {sum}");
            }
        }
    }

    [Theory]
    [InlineData(GeluKind.Erf, true)]
    [InlineData(GeluKind.Quick, true)]
    [InlineData(GeluKind.Tanh, true)]
    [InlineData(GeluKind.Erf, false)]
    public void Gelu_is_of_the_sum_as_it_is_stored(GeluKind kind, bool keepsSum)
    {
        using CpuDevice device = new(2, activationType: ElementType.BFloat16);
        using Memory x = new(device, new Shape(M, K), ElementType.BFloat16, seed: 1);
        using Memory weight = new(device, new Shape(N, K), ElementType.BFloat16, seed: 2);
        using Memory bias = new(device, new Shape(N), ElementType.BFloat16, seed: 3);
        using Memory y = new(device, new Shape(M, N), ElementType.BFloat16, seed: 4), u = new(device, new Shape(M, N), ElementType.BFloat16, seed: 5);
        using Memory sum = new(device, new Shape(M, N), ElementType.BFloat16, seed: 6);
        MatrixMultiply.Run(device, x.Tensor, false, weight.Tensor, true, bias.Tensor, false, sum.Tensor);
        LinearGelu.Forward(device, x.Tensor, weight.Tensor, bias.Tensor, kind, y.Tensor, keepsSum ? u.Tensor : default);
        if (keepsSum)
        {
            Assert.Equal(sum.Read(), u.Read());
        }

        double[] sums = sum.Read(), values = y.Read();
        for (int i = 0; i < sums.Length; i++)
        {
            double expected = Gelu.Reference(sums[i], kind).Value;
            Assert.True(Math.Abs(values[i] - expected) <= HalfBit(expected) + 1e-6, $"of {sums[i]}: got {values[i]}, expected {expected}");
        }
    }

    [Fact]
    public void Result_is_the_same_to_the_last_bit_for_any_number_of_threads()
    {
        double[][] results = [.. ((int[])[1, 2, 5]).Select(threads =>
        {
            using CpuDevice device = new(threads, activationType: ElementType.BFloat16);
            using Memory a = new(device, new Shape(M, K), ElementType.BFloat16, seed: 1), b = new(device, new Shape(K, N), ElementType.BFloat16, seed: 2);
            using Memory c = new(device, new Shape(M, N), ElementType.BFloat16, seed: 4);
            MatrixMultiply.Run(device, a.Tensor, false, b.Tensor, false, default, true, c.Tensor);
            return c.Read();
        })];
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
    }

    [Fact]
    public void Processor_says_where_bfloat16_is_slower_than_float32()
    {
        using CpuDevice slow = new(1, MatrixLibraries.Managed, ElementType.BFloat16), wide = new(1, MatrixLibraries.Managed);
        Assert.Contains("slower here than those of float32: managed matrix product has no instructions", slow.Caution);
        Assert.Null(wide.Caution);
        using CpuDevice best = new(1, activationType: ElementType.BFloat16);
        Assert.Equal(best.Matrix.HasBFloat16Instructions, best.Caution is null);
    }

    [Theory]
    [InlineData("Linear")]
    [InlineData("Linear/Project")]
    [InlineData("LinearGelu/Erf")]
    [InlineData("LinearGelu/Quick")]
    [InlineData("LinearGelu/Tanh")]
    public void Layer_agrees_with_double_precision_forward_and_back_by_every_library(string operation)
    {
        OpCase layer = OpCaseList.Find(operation);
        foreach (string library in (string[])["onednn", "managed"])
        {
            using CpuDevice device = Open(library);
            foreach (OpSize size in layer.Sizes)
            {
                Assert.Null(AccuracyChecks.Forward(layer, size, device, OpTolerance.BFloat16).Failure);
                Assert.Null(AccuracyChecks.Backward(layer, size, device, OpTolerance.BFloat16).Failure);
            }
        }
    }

    [Fact]
    public void Factors_of_two_types_are_refused()
    {
        using CpuDevice device = new(1, activationType: ElementType.BFloat16);
        using Memory a = new(device, new Shape(2, 2), ElementType.BFloat16, seed: 1), b = new(device, new Shape(2, 2), ElementType.Float32, seed: 2);
        string message = Assert.Throws<ArgumentException>(() =>
            MatrixMultiply.Run(device, a.Tensor, false, b.Tensor, false, default, false, b.Tensor)).Message;
        Assert.Contains("expected factors of one type", message);
        message = Assert.Throws<ArgumentException>(() =>
            LinearGelu.Forward(device, a.Tensor, b.Tensor, default, GeluKind.Erf, a.Tensor, default)).Message;
        Assert.Contains("expected factors of one type", message);
    }

    /// <summary>Half of the last of the 8 bits that a number of bfloat16 keeps.</summary>
    private static double HalfBit(double number) => number == 0 ? 0 : Math.ScaleB(1, Math.ILogB(number) - 8);

    private static CpuDevice Open(string library)
    {
        try
        {
            return new CpuDevice(2, MatrixLibraries.Open(library), ElementType.BFloat16);
        }
        catch (DllNotFoundException exception)
        {
            Assert.Skip($"needs {library}: {exception.Message}");
            throw;
        }
    }

    /// <summary>Numbers between -1 and 1 in memory of the device.</summary>
    private sealed class Memory : IDisposable
    {
        private readonly Device _device;

        public Memory(Device device, Shape shape, ElementType type, ulong seed)
        {
            _device = device;
            Tensor = Tensor.Wrap(device.AllocateMemory(shape.Count * type.SizeInBytes()), shape, type);
            CounterRandom random = CounterRandom.For(seed, "numbers");
            float[] numbers = new float[shape.Count];
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = (2 * random.NextSingle()) - 1;
            }

            device.Upload(numbers, Tensor);
        }

        public Tensor Tensor { get; }

        public double[] Read()
        {
            float[] numbers = new float[Tensor.Count];
            _device.Download(Tensor, numbers);
            return [.. numbers.Select(number => (double)number)];
        }

        public void Dispose() => _device.FreeMemory(Tensor.Data, Tensor.ByteCount);
    }
}
