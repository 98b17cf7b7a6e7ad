using System.Runtime.InteropServices;

namespace Avion.Peers;

/// <summary>libtorch's automatic choice of bfloat16 for products, which TorchSharp does not offer.</summary>
internal static partial class Autocast
{
    private const sbyte Processor = 0, BFloat16 = 15;

    /// <summary>Turns it on until the result is disposed.</summary>
    public static Scope Begin()
    {
        SetType(Processor, BFloat16);
        Enable(Processor, 1);
        return default;
    }

    // Functions of at::autocast; their arguments are enumerations of one byte, and a bool.
    [LibraryImport("libtorch_cpu.so", EntryPoint = "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb")]
    private static partial void Enable(sbyte device, byte isEnabled);

    [LibraryImport("libtorch_cpu.so", EntryPoint = "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE")]
    private static partial void SetType(sbyte device, sbyte type);

    [LibraryImport("libtorch_cpu.so", EntryPoint = "_ZN2at8autocast11clear_cacheEv")]
    private static partial void ClearCache();

    /// <summary>Ends it, and frees the weights that were cast.</summary>
    internal readonly ref struct Scope
    {
        public void Dispose()
        {
            Enable(Processor, 0);
            ClearCache();
        }
    }
}
