namespace Avion.CudaSimulator.Tests;

/// <summary>Products of drawn matrices on a simulated device, compared with sums in double precision.</summary>
internal sealed class ProductRun(ElementType input, ElementType output) : IDisposable
{
    private readonly SimulatedGpu _gpu = new() { Simulated = { CollectsStatistics = false } };
    private readonly Random _random = new(7);
    private CudaDevice? _device;

    /// <summary>Numbers by which every matrix lies beside the start of an allocation.</summary>
    public int Shift { get; init; }

    public int PlanCount => Device.Products.PlanCount;

    public int RefusedCount => Device.Products.RefusedCount;

    private CudaDevice Device => _device ??= new CudaDevice(_gpu.Driver, activationType: input);

    public static Tensor Upload(Device device, float[] values, Shape shape, ElementType type, int shift = 0)
    {
        nint memory = device.AllocateMemory((values.Length + shift + 1) * type.SizeInBytes());
        Tensor tensor = Tensor.Wrap(memory + (shift * type.SizeInBytes()), shape, type);
        device.Upload(values, tensor);
        return tensor;
    }

    /// <summary>Runs one product; its error is at most a rounding of the result, and as many of float32 as a sum has.</summary>
    public void Check(int m, int n, int k, bool transposeA, bool transposeB, ElementType? biasType, bool accumulate)
    {
        float[] a = Draw(m * k, input), b = Draw(k * n, input), bias = Draw(n, biasType ?? output), old = Draw(m * n, output);
        Tensor left = Upload(Device, a, transposeA ? new Shape(k, m) : new Shape(m, k), input, Shift);
        Tensor right = Upload(Device, b, transposeB ? new Shape(n, k) : new Shape(k, n), input, Shift);
        Tensor added = biasType is { } type ? Upload(Device, bias, new Shape(n), type, Shift) : default;

        // What is not added to may hold anything.
        Tensor result = Upload(Device, accumulate ? old : [.. old.Select(_ => float.NaN)], new Shape(m, n), output, Shift);
        MatrixMultiply.Run(Device, left, transposeA, right, transposeB, added, accumulate, result);
        float[] actual = new float[m * n];
        Device.Download(result, actual);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = (accumulate ? old[(i * n) + j] : 0) + (biasType is null ? 0 : bias[j]), size = Math.Abs(sum);
                for (int p = 0; p < k; p++)
                {
                    double term = (double)a[transposeA ? (p * m) + i : (i * k) + p] * b[transposeB ? (j * k) + p : (p * n) + j];
                    (sum, size) = (sum + term, size + Math.Abs(term));
                }

                double rounding = output == ElementType.BFloat16 ? Math.Abs(sum) / (1 << 8) : 0;
                Assert.InRange(actual[(i * n) + j], sum - rounding - (size * 1e-6), sum + rounding + (size * 1e-6));
            }
        }

        foreach (Tensor tensor in (Tensor[])[left, right, added, result])
        {
            if (!tensor.IsAbsent)
            {
                Device.FreeMemory(tensor.Data - (Shift * tensor.Type.SizeInBytes()), 0);
            }
        }
    }

    public void Dispose()
    {
        _device?.Dispose();
        Assert.Equal((0, 0), (_gpu.Simulated.OpenHandles, _gpu.Simulated.Devices[0].Memory.Count));
        _gpu.Dispose();
    }

    private float[] Draw(int count, ElementType type)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            float value = (_random.NextSingle() * 4) - 2;
            values[i] = type == ElementType.Float32 ? value
                : (BFloat16)value;
        }

        return values;
    }
}
