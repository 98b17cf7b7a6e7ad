using System.Runtime.InteropServices;

namespace Avion.CudaSimulator.Tests;

/// <summary>Exponential, normal tail (which is erf's) and logarithm of the kernels, on numbers of all magnitudes: against double precision, and
/// against those of libclc, compiled here, where it is installed.</summary>
public sealed class FunctionAccuracyTests
{
    private const int Threads = 256, Blocks = 256;

    // Bounds are those of Kernel.cuh, VectorMath.NormalTail and Logarithm.cuh, as shares of the result.
    private static readonly Dictionary<string, (double Least, double Most, Func<double, double> Exact, Func<double, double> Bound)> s_functions = new()
    {
        ["exponential_of"] = (-86.8, 88.7, Math.Exp, _ => 2e-7),
        ["normal_tail_of"] = (1e-20, 12.9, NormalTail, z => 4e-7 + (3.5e-8 * z * z)),
        ["logarithm_of"] = (1.2e-38, 3.4e38, Math.Log, _ => 2e-7),
    };

    [Theory]
    [InlineData("exponential_of")]
    [InlineData("normal_tail_of")]
    [InlineData("logarithm_of")]
    public void Every_function_is_as_accurate_as_its_comment_says(string function)
    {
        float[] x = Numbers(function), y = Run(PtxModule.Read(Simulation.Text("Functions.ptx")), function, x);
        Print($"{function} against double precision: {Worst(function, x, y)}");
        Assert.All(x.Zip(y), pair => Assert.InRange(Error(function, pair.First, pair.Second), 0, s_functions[function].Bound(pair.First)));
    }

    [Fact]
    public async Task Functions_agree_with_those_of_libclc()
    {
        string? bitcode = new[] { Environment.GetEnvironmentVariable("AVION_TEST_LIBCLC"), "/usr/lib/clc/nvptx64--.bc" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(bitcode is null, "libclc is not here (Debian's libclc-14): functions are compared with double precision alone");
        (string? text, string reason) = await CompileAsync(bitcode!);
        Assert.SkipWhen(text is null, reason);
        PtxModule ours = PtxModule.Read(Simulation.Text("Functions.ptx")), theirs = PtxModule.Read(text!);
        foreach (string function in (string[])["exponential_of", "normal_tail_of"])
        {
            float[] x = Numbers(function), expected = Run(theirs, function, x), actual = Run(ours, function, x);
            Print($"{function} of libclc ({bitcode}) against double precision: {Worst(function, x, expected)}");
            for (int i = 0; i < x.Length; i++)
            {
                // Each may be off by as much as the bound.
                double bound = 2 * s_functions[function].Bound(x[i]) * Math.Abs((double)expected[i]);
                Assert.True(Math.Abs((double)actual[i] - expected[i]) <= bound, $"{function} of {x[i]:g9}: {actual[i]:g9}, libclc's {expected[i]:g9}");
            }
        }
    }

    /// <summary>Every exponent that the function's numbers have, both signs, and random digits; and evenly spread numbers.</summary>
    private static float[] Numbers(string function)
    {
        (double least, double most, _, _) = s_functions[function];
        CounterRandom random = CounterRandom.For(14, function);
        float[] x = new float[Threads * Blocks];
        for (int i = 0; i < x.Length; i++)
        {
            double even = least + ((most - least) * random.NextDouble());
            float magnitude = BitConverter.UInt32BitsToSingle((uint)random.Next(0x7F000000));
            float any = least < 0 && random.Next(2) == 0 ? -magnitude : magnitude;
            x[i] = i % 2 == 0 && any >= least && any <= most ? any : (float)even;
        }

        return x;
    }

    private static double Error(string function, float x, float y)
    {
        double exact = s_functions[function].Exact(x);
        return exact == 0 ? Math.Abs(y) : Math.Abs(y - exact) / Math.Abs(exact);
    }

    /// <summary>The largest error, for the test's output.</summary>
    private static string Worst(string function, float[] x, float[] y)
    {
        int worst = Enumerable.Range(0, x.Length).MaxBy(i => Error(function, x[i], y[i]));
        double ulps = x.Zip(y).Max(pair =>
        {
            float exact = MathF.Abs((float)s_functions[function].Exact(pair.First));
            return Math.Abs(pair.Second - s_functions[function].Exact(pair.First)) / (MathF.BitIncrement(exact) - exact);
        });
        return $"off by {Error(function, x[worst], y[worst]):e2} of the result at most, at {x[worst]:g9}; {ulps:0.00} ulp at most";
    }

    private static float[] Run(PtxModule module, string kernel, float[] x)
    {
        using DeviceMemory memory = new();
        ulong source = memory.Allocate(sizeof(float) * x.Length, "x"), target = memory.Allocate(sizeof(float) * x.Length, "y");
        memory.Write(source, new ReadOnlySpan<float>(x));
        Launch.Run(module.Find(kernel), memory, new LaunchShape(new Extent(Blocks), new Extent(Threads), 0),
            [BitConverter.GetBytes(source), BitConverter.GetBytes(target)], collects: false);
        byte[] bytes = new byte[sizeof(float) * x.Length];
        memory.Read(target, bytes);
        return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }

    /// <summary>PTX of the same kernels over libclc's functions.</summary>
    private static async Task<(string? Text, string Reason)> CompileAsync(string bitcode)
    {
        const string Source = """
            #include "Kernel.cuh"
            extern "C" __device__ float _Z3expf(float);
            extern "C" __device__ float _Z4erfcf(float);
            KERNEL(256) exponential_of(const float* x, float* y) {
                const i32 i = (i32)(blockX() * 256 + threadX());
                y[i] = _Z3expf(x[i]);
            }
            // 1 - Phi(z) = erfc(z / sqrt 2) / 2, with z / sqrt 2 in two parts: one rounding of it would be 80 ulp of the result at z = 13.
            KERNEL(256) normal_tail_of(const float* x, float* y) {
                const i32 i = (i32)(blockX() * 256 + threadX());
                const float z = x[i], high = z * 0.707106769f, low = fma(z, 0.707106769f, -high) + z * 1.21016175e-8f;
                y[i] = 0.5f * _Z4erfcf(high) * (1.0f - 2.0f * high * low);
            }
            """;
        string folder = Directory.CreateTempSubdirectory("avion-libclc-").FullName;
        try
        {
            string source = Path.Combine(folder, "libclc.cu"), target = Path.Combine(folder, "libclc.ptx");
            await File.WriteAllTextAsync(source, Source);
            ProcessResult compiled = await ChildProcess.RunAsync("bash",
            [
                "-c", "exec \"$(command -v clang++-14 || command -v clang++ || echo clang-14-is-not-here)\" \"$@\"", "compile", "-x", "cuda",
                "--cuda-device-only", "-nocudainc", "-nocudalib", "--cuda-gpu-arch=sm_80", "-Xclang", "-target-feature", "-Xclang", "+ptx71",
                "-std=c++17", "-O3", "-Wno-everything", "-Xclang", "-mlink-builtin-bitcode", "-Xclang", bitcode,
                "-I", Repository.Path("src", "Avion.Compute", "Cuda"), "-S", source, "-o", target,
            ]);
            return compiled.ExitCode == 0 ? (await File.ReadAllTextAsync(target), "")
                : (null, $"libclc does not compile here: {compiled.Error.Split('\n')[0]}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>1 - Φ(z) in double precision: by the power series of Φ below 2, by the continued fraction beyond.</summary>
    /// <remarks>Source: Abramowitz, Stegun 1964, 26.2.11 and 26.2.14.</remarks>
    private static double NormalTail(double z)
    {
        double density = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
        if (z < 2)
        {
            double term = z, sum = z;
            for (int n = 3; term > 1e-17 * sum; n += 2)
            {
                term *= z * z / n;
                sum += term;
            }

            return 0.5 - (density * sum);
        }

        double fraction = z;
        for (int n = 400; n > 0; n--)
        {
            fraction = z + (n / fraction);
        }

        return density / fraction;
    }

    private static void Print(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
