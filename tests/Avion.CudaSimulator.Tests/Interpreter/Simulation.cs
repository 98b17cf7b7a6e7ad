using System.Runtime.InteropServices;

namespace Avion.CudaSimulator.Tests;

/// <summary>A device's memory and a module of this assembly, for tests.</summary>
internal sealed class Simulation : IDisposable
{
    private static readonly Dictionary<string, PtxModule> s_modules = [];
    private readonly PtxModule _module;

    public Simulation(PtxModule module) => _module = module;

    public DeviceMemory Memory { get; } = new();

    /// <summary>The kernels with planted bugs.</summary>
    public static Simulation Planted()
    {
        lock (s_modules)
        {
            if (!s_modules.TryGetValue("Planted.ptx", out PtxModule? module))
            {
                s_modules.Add("Planted.ptx", module = PtxModule.Read(Text("Planted.ptx")));
            }

            return new Simulation(module);
        }
    }

    /// <summary>A text of PTX that is part of this assembly.</summary>
    public static string Text(string name)
    {
        using StreamReader reader = new(typeof(Simulation).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    /// <summary>Memory with these numbers.</summary>
    public ulong Upload<T>(ReadOnlySpan<T> values, string? name = null) where T : unmanaged
    {
        ulong address = Memory.Allocate(values.Length * (long)Marshal.SizeOf<T>(), name);
        Memory.Write(address, values);
        return address;
    }

    /// <summary>Runs a kernel in one block of 64 threads unless told otherwise.</summary>
    public KernelStatistics Run(string kernel, ReadOnlySpan<ulong> addresses, int threads = 64, int dynamicBytes = 0, int allowedBytes = 0) =>
        Launch.Run(_module.Find(kernel), Memory, new LaunchShape(new Extent(1), new Extent(threads), dynamicBytes),
            [.. addresses.ToArray().Select(BitConverter.GetBytes)], allowedBytes, longestRun: 1 << 20);

    public void Dispose() => Memory.Dispose();
}
