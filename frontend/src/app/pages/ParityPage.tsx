export { ParityPage as default } from "@/features/parity/ParityPage";
