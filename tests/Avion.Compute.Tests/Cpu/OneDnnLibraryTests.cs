using System.Globalization;
using System.Runtime.InteropServices;

namespace Avion.Compute.Tests;

/// <summary>No signal may reach a thread inside a product of a oneDNN that loses the stack pointer; the kernel tells what a thread
/// holds.</summary>
public sealed unsafe class OneDnnLibraryTests
{
    // By their numbers on Linux: what comes from outside or from the runtime, and what the thread's own instructions raise.
    private static readonly int[] s_asynchronous = [1, 2, 3, 10, 12, 14, 15, 17, 18, 20, 23, 27, 28, 34, 35, 64];
    private static readonly int[] s_synchronous = [4, 5, 7, 8, 11];

    [ThreadStatic]
    private static ulong t_heldInside;

    [Theory]
    [InlineData("2.6.3", true)]
    [InlineData("3.11.1", true)]
    [InlineData("3.11.2", false)]
    [InlineData("3.12.0", false)]
    [InlineData("4.0.0", false)]
    [InlineData(null, true)]
    public void Releases_that_lose_the_stack_pointer_are_known_by_their_number(string? version, bool loses) => Assert.Equal(
        loses && RuntimeInformation.ProcessArchitecture == Architecture.X64,
        OneDnnLibrary.LosesStackPointer(version is null ? null : Version.Parse(version)));

    [Fact]
    public void Signals_are_held_back_for_the_length_of_a_product()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "needs Linux on x86");
        ulong before = SignalsHeld();
        Multiply(new Version(2, 6, 3));
        Assert.All(s_asynchronous, signal => Assert.True((t_heldInside & (1UL << (signal - 1))) != 0, $"signal {signal} reaches the thread"));
        Assert.All(s_synchronous, signal => Assert.True((t_heldInside & (1UL << (signal - 1))) == 0, $"signal {signal} is held"));
        Assert.Equal(before, SignalsHeld());

        Multiply(new Version(3, 11, 2));
        Assert.Equal(before, t_heldInside);
        Assert.Equal(before, SignalsHeld());
    }

    private static void Multiply(Version version)
    {
        delegate* unmanaged<byte, byte, long, long, long, float, float*, long, float*, long, float, float*, long, int> product = &Product;
        float number = 1;
        new OneDnnLibrary((nint)product, 0, version, "test").Multiply(false, false, 1, 1, 1, 1, &number, 1, &number, 1, 0, &number, 1);
    }

    [UnmanagedCallersOnly]
    private static int Product(byte transposeA, byte transposeB, long m, long n, long k, float alpha, float* a, long strideA, float* b,
        long strideB, float beta, float* c, long strideC)
    {
        t_heldInside = SignalsHeld();
        return 0;
    }

    internal static ulong SignalsHeld()
    {
        const string field = "SigBlk:";
        string line = File.ReadLines("/proc/thread-self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return ulong.Parse(line.AsSpan(field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
